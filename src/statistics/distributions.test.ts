import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binomialCdf, binomialQuantile, incompleteBeta, studentQuantile } from "./distributions.ts";

const chance = fc.double({ min: 0.001, max: 0.999, noNaN: true });

/** By its definition, with products small enough for doubles. */
function binomialCdfBySum(successes: number, trials: number, p: number): number {
  let mass = (1 - p) ** trials;
  let sum = mass;
  for (let k = 1; k <= successes; k++) {
    mass *= ((trials - k + 1) / k) * (p / (1 - p));
    sum += mass;
  }
  return sum;
}

describe("incompleteBeta", () => {
  test("has the closed forms of a = 1 and b = 1", () => {
    fc.assert(
      fc.property(chance, fc.double({ min: 0.1, max: 200, noNaN: true }), (x, shape) => {
        expect(incompleteBeta(x, shape, 1)).toBeCloseTo(x ** shape, 10);
        expect(incompleteBeta(x, 1, shape)).toBeCloseTo(1 - (1 - x) ** shape, 10);
      }),
    );
  });

  test("is one half in the middle of a symmetric law, however large", () => {
    for (const shape of [0.5, 1, 30, 1e4, 1e6]) expect(incompleteBeta(0.5, shape, shape)).toBeCloseTo(0.5, 8);
  });
});

describe("the binomial law", () => {
  test("sums its own masses", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(60), chance, (trials, successes, p) => {
        const expected = successes >= trials ? 1 : binomialCdfBySum(successes, trials, p);
        expect(binomialCdf(successes, trials, p)).toBeCloseTo(expected, 9);
      }),
    );
  });

  test("its quantile is the first count that reaches the probability", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), chance, chance, (trials, p, probability) => {
        const count = binomialQuantile(probability, trials, p);
        expect(binomialCdf(count, trials, p)).toBeGreaterThanOrEqual(probability);
        expect(binomialCdf(count - 1, trials, p)).toBeLessThan(probability);
      }),
    );
  });
});

describe("studentQuantile", () => {
  test.each([
    [1, 12.7062047364],
    [2, 4.3026527297],
    [10, 2.228138852],
    [30, 2.0422724563],
    [1e6, 1.9599663],
  ])("of 0.975 with %d degrees of freedom is the table's", (degrees, expected) => {
    expect(studentQuantile(0.975, degrees)).toBeCloseTo(expected, 6);
  });
});
