import fc from "fast-check";
import { expect, test } from "vitest";
import { wilson } from "./proportion.ts";

test("by the published example: 81 of 263", () => {
  const { low, high } = wilson(81, 263);
  expect(low).toBeCloseTo(0.2553, 4);
  expect(high).toBeCloseTo(0.3662, 4);
});

test("all of ten is no certainty", () => {
  expect(wilson(10, 10)).toMatchObject({ value: 1, high: 1 });
  expect(wilson(10, 10).low).toBeCloseTo(0.7225, 4);
});

test("nothing tried is nothing known", () => {
  expect(wilson(0, 0)).toEqual({ value: null, low: 0, high: 1 });
});

test("holds its own proportion, within 0 and 1, and mirrors", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }), (trials, share) => {
      const successes = Math.floor(trials * share);
      const { value, low, high } = wilson(successes, trials);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(low).toBeLessThanOrEqual(value as number);
      expect(high).toBeGreaterThanOrEqual(value as number);
      expect(high).toBeLessThanOrEqual(1);
      expect(wilson(trials - successes, trials).low).toBeCloseTo(1 - high, 9);
    }),
  );
});
