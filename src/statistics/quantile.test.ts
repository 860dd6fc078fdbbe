import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binomialCdf } from "./distributions.ts";
import { fiveNumbers, quantile, quantileInterval } from "./quantile.ts";
import { sampleOf } from "./sample.ts";

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 300 });
const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const upTo = (size: number): number[] => Array.from({ length: size }, (_, i) => i + 1);

describe("quantile", () => {
  test.each([
    [[1, 2, 3, 4], 0.5, 2.5],
    [[1, 2, 3, 4], 0.25, 1.75],
    [[1, 2, 3, 4, 5], 0.9, 4.6],
    [[7], 0.99, 7],
  ])("of %j at %d is %d, as NumPy has it", (numbers, q, expected) => {
    expect(quantile(sampleOf(numbers), q)).toBeCloseTo(expected, 12);
  });

  test("stays within the values and rises with q", () => {
    fc.assert(
      fc.property(values, fraction, fraction, (numbers, p, q) => {
        const sample = sampleOf(numbers);
        const [lower, upper] = [quantile(sample, Math.min(p, q)), quantile(sample, Math.max(p, q))] as [number, number];
        expect(lower).toBeGreaterThanOrEqual(Math.min(...numbers));
        expect(upper).toBeLessThanOrEqual(Math.max(...numbers));
        expect(lower).toBeLessThanOrEqual(upper + 1e-9);
      }),
    );
  });

  test("of no data is unknown", () => {
    expect(quantile(sampleOf([]), 0.5)).toBeNull();
  });

  test("censored values count, and a quantile among them has no number", () => {
    const sample = sampleOf(upTo(9), 1, 100);
    expect(quantile(sample, 0.5)).toBe(5.5);
    expect(quantile(sample, 0.8)).toBeCloseTo(8.2);
    expect(quantile(sample, 0.99)).toBeNull();
    expect(quantile(sampleOf([], 10, 100), 0.5)).toBeNull();
  });

  test("whatever the censored were, what is known of the quantile is the same", () => {
    fc.assert(
      fc.property(values, fc.array(fc.double({ min: 1, max: 1e6, noNaN: true })), fraction, (known, excess, q) => {
        const limit = Math.max(...known);
        const found = quantile(sampleOf(known, excess.length, limit), q);
        const truth = quantile(sampleOf([...known, ...excess.map((over) => limit + over)]), q);
        expect(truth).toBeGreaterThanOrEqual(found ?? limit);
        expect(truth).toBeLessThanOrEqual(found ?? Infinity);
      }),
    );
  });
});

describe("quantileInterval", () => {
  test.each([
    [5, 0.5, null, null],
    [6, 0.5, 1, 6],
    [100, 0.5, 40, 61],
    [100, 0.99, 97, null],
  ])("of %d values at %d lies between the ranks %s and %s", (size, q, low, high) => {
    expect(quantileInterval(sampleOf(upTo(size)), q)).toEqual({ low, high });
  });

  test("covers with at least 95 %, by the binomial law", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.double({ min: 0.01, max: 0.99, noNaN: true }), (size, q) => {
        const { low, high } = quantileInterval(sampleOf(upTo(size)), q);
        const covered = binomialCdf((high ?? size + 1) - 1, size, q) - binomialCdf((low ?? 0) - 1, size, q);
        expect(covered).toBeGreaterThanOrEqual(0.95 - 1e-9);
      }),
    );
  });

  test("is open above where the bound is censored", () => {
    expect(quantileInterval(sampleOf(upTo(60), 40, 1000), 0.5)).toEqual({ low: 40, high: null });
  });
});

describe("fiveNumbers", () => {
  test("are what a box shows", () => {
    expect(fiveNumbers(sampleOf([5, 1, 4, 2, 3]))).toEqual([1, 2, 3, 4, 5]);
  });

  test("make no box where the whisker is censored", () => {
    expect(fiveNumbers(sampleOf([1, 2, 3], 1, 9))).toBeNull();
  });
});
