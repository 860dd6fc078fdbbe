import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom } from "../core/random.ts";
import { compareMedians } from "./compare-medians.ts";
import { ecdf } from "./ecdf.ts";
import { histogram } from "./histogram.ts";
import { meanInterval, moments } from "./moments.ts";
import { quantile, quantileInterval } from "./quantile.ts";
import { sampleOf, sizeOf } from "./sample.ts";
import { createClassSum, weighted } from "./weighted.ts";

/** Classes in any order, some of them empty, some of the same value. */
const classes = fc
  .array(fc.tuple(fc.double({ min: -50, max: 1000, noNaN: true }), fc.nat(12)), { maxLength: 40 })
  .map((pairs) => ({
    // A Map keeps no minus zero.
    values: pairs.map(([value]) => value + 0),
    counts: pairs.map(([, count]) => count),
  }));

const writtenOut = ({ values, counts }: { values: number[]; counts: number[] }): number[] =>
  values.flatMap((value, i) => new Array<number>(counts[i] ?? 0).fill(value));

/** The greatest difference between two sets of numbers by name: sums in another order differ in their last digits. */
function distance(one: Record<string, number | null>, other: Record<string, number | null>): number {
  const names = Object.keys({ ...one, ...other });
  const apart = ([a, b]: (number | null | undefined)[]) =>
    a === b ? 0 : Math.abs((a ?? Number.NaN) - (b ?? Number.NaN));
  return Math.max(0, ...names.map((name) => apart([one[name], other[name]])));
}

const whole = ({ counts }: { counts: number[] }): number => counts.reduce((sum, count) => sum + count, 0);

describe("classes of values are the values written out", () => {
  const fraction = fc.double({ min: 0, max: 1, noNaN: true });
  const limit = fc.option(fc.double({ min: 0, max: 1000, noNaN: true }), { nil: undefined });

  test("to quantiles and their intervals, to the distribution, censored or not", () => {
    fc.assert(
      fc.property(
        classes,
        fc.nat(9),
        limit,
        fraction,
        fc.integer({ min: 2, max: 60 }),
        (short, censored, at, q, most) => {
          const [one, other] = [sampleOf(short, censored, at), sampleOf(writtenOut(short), censored, at)];
          expect(sizeOf(one)).toBe(whole(short) + censored);
          expect(one.censored).toBe(other.censored);
          expect(quantile(one, q)).toBe(quantile(other, q));
          expect(quantileInterval(one, q)).toEqual(quantileInterval(other, q));
          expect(ecdf(one, most)).toEqual(ecdf(other, most));
        },
      ),
    );
  });

  test("to mean, deviation and the mean's interval", () => {
    fc.assert(
      fc.property(classes, (short) => {
        const long = writtenOut(short);
        expect(distance({ ...moments(short) }, { ...moments(long) })).toBeLessThan(1e-6);
        expect(distance({ ...meanInterval(short) }, { ...meanInterval(long) })).toBeLessThan(1e-5);
      }),
    );
  });

  test("to histograms", () => {
    fc.assert(
      fc.property(classes, fc.integer({ min: 1, max: 20 }), fc.constantFrom("linear", "log"), (short, bins, scale) => {
        expect(histogram(short, bins, scale)).toEqual(histogram(writtenOut(short), bins, scale));
      }),
    );
  });

  test("to comparisons of medians", () => {
    const full = classes.filter((short) => whole(short) >= 6);
    fc.assert(
      fc.property(full, full, fc.nat(3), (before, after, censored) => {
        const changeOf = (expand: (short: typeof before) => typeof before | number[]) =>
          compareMedians(sampleOf(expand(before)), sampleOf(expand(after), censored), createRandom("same").fraction);
        expect(changeOf((short) => short)).toEqual(changeOf(writtenOut));
      }),
      { numRuns: 15 },
    );
  });
});

test("a thousand classes of a billion each cost no more than a thousand values", () => {
  const values = Array.from({ length: 1000 }, (_, i) => i + 1);
  const many = { values, counts: values.map(() => 1e9) };
  const startedNs = process.hrtime.bigint();
  expect(quantile(sampleOf(many), 0.5)).toBe(500.5);
  expect(quantileInterval(sampleOf(many), 0.99)).toEqual({ low: 990, high: 991 });
  expect(moments(many)?.mean).toBeCloseTo(500.5, 9);
  expect(histogram(many, 10, "linear").counts).toEqual(new Array(10).fill(100e9));
  expect(Number(process.hrtime.bigint() - startedNs) / 1e6).toBeLessThan(250);
});

test("parts put together are one", () => {
  fc.assert(
    fc.property(fc.array(classes), (parts) => {
      const sum = createClassSum();
      for (const part of parts) sum.add(part);
      const { values, counts } = sum.sum();
      expect(writtenOut({ values, counts })).toEqual(parts.flatMap(writtenOut).sort((a, b) => a - b));
      expect(new Set(values).size).toBe(values.length);
    }),
  );
});

test.each([
  [[1, 2], [1]],
  [[1], [-1]],
  [[1], [0.5]],
  [[1], [Number.NaN]],
])("values %j cannot have occurred %j times", (values, counts) => {
  expect(() => weighted({ values, counts })).toThrow(RangeError);
});
