import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { meanInterval, moments } from "./moments.ts";

describe("moments", () => {
  test("by the textbook", () => {
    const found = moments([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(found?.mean).toBe(5);
    expect(found?.standardDeviation).toBeCloseTo(Math.sqrt(32 / 7), 12);
  });

  test("of one value and of none", () => {
    expect(moments([3])).toEqual({ count: 1, mean: 3, standardDeviation: 0 });
    expect(moments([])).toBeNull();
  });

  test("survive a large offset", () => {
    expect(moments([1e9 + 1, 1e9 + 2, 1e9 + 3])?.standardDeviation).toBeCloseTo(1, 6);
  });

  test("agree with two passes", () => {
    const values = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 2 });
    fc.assert(
      fc.property(values, (numbers) => {
        const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
        const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
        const found = moments(numbers);
        expect(found?.mean).toBeCloseTo(mean, 8);
        expect(found?.standardDeviation).toBeCloseTo(Math.sqrt(squares / (numbers.length - 1)), 6);
      }),
    );
  });
});

describe("meanInterval", () => {
  test("by the table: 1 to 5 has 3 ± 2.7764 · 1.5811 / √5", () => {
    const { low, high } = meanInterval([1, 2, 3, 4, 5]);
    expect(low).toBeCloseTo(3 - 1.96324, 4);
    expect(high).toBeCloseTo(3 + 1.96324, 4);
  });

  test("one value sets no bound", () => {
    expect(meanInterval([1])).toEqual({ low: null, high: null });
  });
});
