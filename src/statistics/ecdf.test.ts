import fc from "fast-check";
import { expect, test } from "vitest";
import { ecdf } from "./ecdf.ts";
import { sampleOf } from "./sample.ts";

test("steps at each value", () => {
  expect(ecdf(sampleOf([3, 1, 3, 2]), 100)).toEqual([
    [1, 0.25],
    [2, 0.5],
    [3, 1],
  ]);
});

test("ends below 1 where values are censored", () => {
  expect(ecdf(sampleOf([1, 2], 2, 10), 100).at(-1)).toEqual([2, 0.5]);
});

test("of nothing is nothing", () => {
  expect(ecdf(sampleOf([], 5, 10), 100)).toEqual([]);
});

test("every step is true of all values; thinning keeps the ends and the bound", () => {
  const numbers = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 400 });
  fc.assert(
    fc.property(numbers, fc.nat(20), fc.integer({ min: 2, max: 50 }), (values, censored, maxPoints) => {
      const steps = ecdf(sampleOf(values, censored, 1000), maxPoints);
      const size = values.length + censored;
      expect(steps.length).toBeLessThanOrEqual(maxPoints);
      expect(steps[0]?.[0]).toBe(Math.min(...values));
      expect(steps.at(-1)?.[0]).toBe(Math.max(...values));
      for (const [at, share] of steps) expect(share).toBe(values.filter((value) => value <= at).length / size);
    }),
  );
});
