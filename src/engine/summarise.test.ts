import { describe, expect, test } from "vitest";
import type { Series } from "../core/metric.ts";
import { summarise } from "./summarise.ts";

function seriesOf(values: number[], rest: Partial<Series> = {}): Series {
  return { metric: "visibility.latency", labels: { operation: "create" }, values, censored: 0, ...rest };
}

const oneToHundred = Array.from({ length: 100 }, (_, i) => i + 1);

describe("summarise", () => {
  test("says who, how many, and each number with its interval", () => {
    const summary = summarise(seriesOf([...oneToHundred].reverse()), "ms");
    expect(summary).toMatchObject({ metric: "visibility.latency", labels: { operation: "create" }, unit: "ms" });
    expect(summary).toMatchObject({ count: 100, censored: 0, min: 1, max: 100 });
    expect(summary).not.toHaveProperty("censoredAbove");
    expect(summary.p50).toEqual({ value: 50.5, low: 40, high: 61 });
    expect(summary.p99.high).toBeNull();
    expect(summary.mean.value).toBe(50.5);
    expect(summary.mean.low).toBeCloseTo(44.743, 3);
    expect(summary.mean.high).toBeCloseTo(56.257, 3);
    expect(summary.standardDeviation).toBeCloseTo(29.0115, 4);
  });

  test("what never came counts, and makes of every number what it still is", () => {
    const summary = summarise(seriesOf(oneToHundred.slice(0, 90), { censored: 10, censoredAbove: 1000 }), "ms");
    expect(summary).toMatchObject({ count: 100, censored: 10, censoredAbove: 1000, min: 1, max: null });
    expect(summary.p50).toEqual({ value: 50.5, low: 40, high: 61 });
    expect(summary.p90).toEqual({ value: null, low: 84, high: null });
    expect(summary.p99).toEqual({ value: null, low: null, high: null });
    expect(summary.mean.value).toBeCloseTo((4095 + 10_000) / 100, 9);
    expect(summary.mean.high).toBeNull();
  });

  test("nothing ever came", () => {
    const summary = summarise(seriesOf([], { censored: 3, censoredAbove: 500 }), "ms");
    expect(summary).toMatchObject({ count: 3, censored: 3, min: null, max: null, standardDeviation: 0 });
    expect(summary.mean).toEqual({ value: 500, low: 500, high: null });
    expect(summary.p50.value).toBeNull();
  });

  test("a share has a proportion's interval: ten of ten is no certainty", () => {
    const { mean } = summarise(seriesOf(new Array<number>(10).fill(1)), "ratio");
    expect(mean).toMatchObject({ value: 1, high: 1 });
    expect(mean.low).toBeCloseTo(0.7225, 4);
    expect(summarise(seriesOf([0.5, 1, 1]), "ratio").mean.high).toBeGreaterThan(1);
  });

  test("classes of many values are those values", () => {
    const short = { values: [3, 5, 5.5, 9], counts: [40, 7, 0, 12] };
    const long = short.values.flatMap((value, i) => new Array<number>(short.counts[i] ?? 0).fill(value));
    for (const rest of [{}, { censored: 5, censoredAbove: 8 }]) {
      const [one, other] = [
        summarise(seriesOf([], { ...short, ...rest }), "us"),
        summarise(seriesOf(long, rest), "us"),
      ];
      expect(one.standardDeviation).toBeCloseTo(other.standardDeviation ?? Number.NaN, 9);
      expect(one.mean.low).toBeCloseTo(other.mean.low ?? Number.NaN, 9);
      expect({ ...one, mean: 0, standardDeviation: 0 }).toEqual({ ...other, mean: 0, standardDeviation: 0 });
    }
    const [share, wholeShare] = [{ values: [0, 1], counts: [3, 17] }, [0, 0, 0, ...new Array<number>(17).fill(1)]];
    expect(summarise(seriesOf([], share), "ratio").mean).toEqual(summarise(seriesOf(wholeShare), "ratio").mean);
  });

  test("no data is no number", () => {
    const summary = summarise(seriesOf([]), "ms");
    expect(summary).toMatchObject({ count: 0, standardDeviation: null, min: null, max: null });
    expect(summary.mean).toEqual({ value: null, low: null, high: null });
  });

  test("one value is itself, and bounds nothing", () => {
    const summary = summarise(seriesOf([7]), "ms");
    expect(summary).toMatchObject({ count: 1, standardDeviation: 0, min: 7, max: 7 });
    expect(summary.p50).toEqual({ value: 7, low: null, high: null });
    expect(summary.mean).toEqual({ value: 7, low: null, high: null });
  });

  test("100,000 values are summed up in a fraction of a second", () => {
    const values = Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 100_003);
    const startedNs = process.hrtime.bigint();
    expect(summarise(seriesOf(values), "ns").count).toBe(100_000);
    expect(Number(process.hrtime.bigint() - startedNs) / 1e6).toBeLessThan(500);
  });
});
