import fc from "fast-check";
import { expect, test } from "vitest";
import { countUpTo, sampleOf, sizeOf } from "./sample.ts";

test("a sample is sorted and leaves its source as it was", () => {
  const source = [3, 1, 2];
  expect([...sampleOf(source).sorted]).toEqual([1, 2, 3]);
  expect(source).toEqual([3, 1, 2]);
});

test("values above the limit are censored with those that never came", () => {
  const sample = sampleOf([1, 50, 2, 51], 3, 50);
  expect([...sample.sorted]).toEqual([1, 2, 50]);
  expect(sample.censored).toBe(4);
  expect(sizeOf(sample)).toBe(7);
});

test("a limit without censored values cuts nothing off", () => {
  expect(sampleOf([1, 50, 51], 0, 50)).toMatchObject({ censored: 0, limit: 50 });
  expect(sampleOf([1, 50, 51], 0, 50).sorted).toHaveLength(3);
});

test("NaN is refused rather than sorted somewhere", () => {
  expect(() => sampleOf([1, Number.NaN])).toThrow(RangeError);
});

test("countUpTo counts", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: -1, max: 21 }), (numbers, bound) => {
      expect(countUpTo(sampleOf(numbers), bound)).toBe(numbers.filter((value) => value <= bound).length);
    }),
  );
});
