import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { histogram } from "./histogram.ts";

describe("histogram", () => {
  test("linear bins have one width", () => {
    expect(histogram([0, 1, 2, 3, 4], 2, "linear")).toEqual({ edges: [0, 2, 4], counts: [2, 3], outside: 0 });
  });

  test("logarithmic bins have one ratio", () => {
    const { edges, counts } = histogram([1, 5, 50, 100], 2, "log");
    expect(edges[1]).toBeCloseTo(10, 9);
    expect(counts).toEqual([2, 2]);
  });

  test("what a log scale cannot show is counted", () => {
    expect(histogram([0, -1, 4, 8], 3, "log").outside).toBe(2);
  });

  test("one value repeated is one bin", () => {
    expect(histogram([5, 5], 10, "log")).toEqual({ edges: [5, 5], counts: [2], outside: 0 });
  });

  test("of nothing is nothing", () => {
    expect(histogram([], 4, "linear")).toEqual({ edges: [], counts: [], outside: 0 });
  });

  test.each(["linear", "log"] as const)(
    "%s: each value is in the bin whose edges hold it, and none is lost",
    (scale) => {
      const numbers = fc.array(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), { minLength: 1 });
      fc.assert(
        fc.property(numbers, fc.integer({ min: 1, max: 40 }), (values, bins) => {
          const { edges, counts } = histogram(values, bins, scale);
          expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.length);
          for (const [i, count] of counts.entries()) {
            const [low, high] = [edges[i] as number, edges[i + 1] as number];
            const last = i === counts.length - 1;
            expect(count).toBe(values.filter((value) => value >= low && (value < high || last)).length);
          }
        }),
      );
    },
  );
});
