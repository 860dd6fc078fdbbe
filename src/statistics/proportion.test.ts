import fc from "fast-check";
import { expect, test } from "vitest";
import { compareProportions, wilson } from "./proportion.ts";

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

test("the difference of two proportions by the published example: 48 of 80 and 56 of 70", () => {
  const change = compareProportions({ successes: 48, trials: 80 }, { successes: 56, trials: 70 });
  expect(change?.value).toBeCloseTo(0.2, 12);
  expect(change?.low).toBeCloseTo(0.0524, 4);
  expect(change?.high).toBeCloseTo(0.3339, 4);
});

test("all of a few beside all of a few is no proof of equality", () => {
  const all = { successes: 10, trials: 10 };
  const change = compareProportions(all, all);
  expect(change).toMatchObject({ value: 0 });
  expect(change?.low).toBeLessThan(-0.2);
  expect(change?.high).toBeGreaterThan(0.2);
  expect(compareProportions(all, { successes: 0, trials: 0 })).toBeNull();
});

test("the difference turns its sign with its sides and stays within -1 and 1", () => {
  const tally = fc
    .tuple(fc.integer({ min: 1, max: 1000 }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([trials, share]) => ({ successes: Math.floor(trials * share), trials }));
  fc.assert(
    fc.property(tally, tally, (before, after) => {
      const [there, back] = [compareProportions(before, after), compareProportions(after, before)];
      expect(there?.low).toBeCloseTo(-(back?.high ?? Number.NaN), 12);
      expect(there?.low).toBeGreaterThanOrEqual(-1 - 1e-12);
      expect(there?.high).toBeLessThanOrEqual(1 + 1e-12);
      expect(there?.low).toBeLessThanOrEqual(there?.value ?? Number.NaN);
    }),
  );
});
