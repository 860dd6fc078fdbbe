import { describe, expect, test } from "vitest";
import { createRandom, type Random } from "../core/random.ts";
import { compareMedians } from "./compare-medians.ts";
import { binomialCdf } from "./distributions.ts";
import { sampleOf } from "./sample.ts";

/** Skewed as latencies are: exponential around a median of `median`. */
function latencies(size: number, median: number, random: Random): number[] {
  return Array.from({ length: size }, () => (-Math.log(1 - random.fraction()) / Math.LN2) * median);
}

describe("compareMedians", () => {
  test("finds a change of one half", () => {
    const random = createRandom("half");
    const before = sampleOf(latencies(500, 10, random));
    const after = sampleOf(latencies(500, 15, random));
    const { ratio, difference } = compareMedians(before, after, random.fraction);
    expect(ratio.low).toBeGreaterThan(1.2);
    expect(ratio.value).toBeGreaterThan(ratio.low as number);
    expect(ratio.high).toBeGreaterThan(1.5);
    expect(difference.low).toBeGreaterThan(2);
  });

  test.each([8, 60])("of %d equal-lawed values a side, holds no change about nineteen times in twenty", (size) => {
    const random = createRandom(`coverage ${size}`);
    const worlds = 100;
    let held = 0;
    for (let world = 0; world < worlds; world++) {
      const [before, after] = [sampleOf(latencies(size, 10, random)), sampleOf(latencies(size, 10, random))];
      const { low, high } = compareMedians(before, after, random.fraction).ratio;
      if ((low as number) <= 1 && (high as number) >= 1) held++;
    }
    expect(held / worlds).toBeGreaterThan(0.92);
    expect(held / worlds).toBeLessThanOrEqual(0.99);
  });

  test("the same seed gives the same interval", () => {
    const [before, after] = [sampleOf([1, 2, 3, 4, 5, 6, 7]), sampleOf([2, 3, 4, 5, 6, 7, 8])];
    const once = compareMedians(before, after, createRandom("seed").fraction);
    expect(compareMedians(before, after, createRandom("seed").fraction)).toEqual(once);
  });

  test("five values a side give the change and no bounds", () => {
    const { ratio } = compareMedians(sampleOf([1, 2, 3, 4, 5]), sampleOf([2, 4, 6, 8, 10]), createRandom("5").fraction);
    expect(ratio).toEqual({ value: 2, low: null, high: null });
  });

  test("a median that never arrived is bounded from below by its limit", () => {
    const before = sampleOf(Array.from({ length: 100 }, (_, i) => 1 + i / 100));
    const after = sampleOf([1], 99, 1000);
    const { ratio, difference } = compareMedians(before, after, createRandom("censored").fraction);
    expect(ratio).toMatchObject({ value: null, high: null });
    expect(ratio.low).toBeGreaterThan(600);
    expect(difference.low).toBeGreaterThan(990);
  });

  test("a median that used not to arrive bounds the change on the other side", () => {
    const after = sampleOf(Array.from({ length: 100 }, (_, i) => 1 + i / 100));
    const { ratio, difference } = compareMedians(sampleOf([1], 99, 1000), after, createRandom("censored").fraction);
    expect(ratio).toMatchObject({ value: null, low: 0 });
    expect(ratio.high).toBeLessThan(0.002);
    expect(difference).toMatchObject({ value: null, low: null });
    expect(difference.high).toBeLessThan(-998);
  });

  test("against a constant, the interval's ends are the 2.5 % points of the resampled median's law", () => {
    const size = 1001;
    const ones = sampleOf(new Array<number>(size).fill(1));
    const ranks = sampleOf(Array.from({ length: size }, (_, i) => i + 1));
    const { low, high } = compareMedians(ones, ranks, createRandom("law").fraction).ratio;
    // The resampled median is at most rank r when at least 501 of 1001 draws are.
    const lawUpTo = (rank: number): number => 1 - binomialCdf(500, size, rank / size);
    expect(Math.abs(lawUpTo(low as number) - 0.025)).toBeLessThan(0.01);
    expect(Math.abs(lawUpTo(high as number) - 0.975)).toBeLessThan(0.01);
  });

  test("no ratio to zero", () => {
    const zeros = sampleOf(new Array<number>(20).fill(0));
    const { ratio, difference } = compareMedians(
      zeros,
      sampleOf(new Array<number>(20).fill(3)),
      createRandom("0").fraction,
    );
    expect(ratio).toEqual({ value: null, low: null, high: null });
    expect(difference).toEqual({ value: 3, low: 3, high: 3 });
  });

  test("compares 100,000 values a side in well under a second", () => {
    const random = createRandom("large");
    const [before, after] = [sampleOf(latencies(100_000, 10, random)), sampleOf(latencies(100_000, 10.5, random))];
    const startedNs = process.hrtime.bigint();
    const { ratio } = compareMedians(before, after, random.fraction);
    expect(Number(process.hrtime.bigint() - startedNs) / 1e6).toBeLessThan(1000);
    expect(ratio.low).toBeGreaterThan(1);
  });
});
