import { describe, expect, test } from "vitest";
import type { Estimate, Summary } from "../core/report.ts";
import {
  formatCensored,
  formatDuration,
  formatInstant,
  formatInterval,
  formatMax,
  formatMoment,
  formatQuantile,
  formatQuantity,
} from "./format.ts";

const none: Estimate = { value: null, low: null, high: null };

function summary(changes: Partial<Summary>): Summary {
  const zero = { metric: "m", labels: {}, unit: "ns" as const, count: 10, censored: 0, standardDeviation: null };
  return { ...zero, min: 1, max: 5e6, mean: none, p50: none, p90: none, p95: none, p99: none, ...changes };
}

describe("quantities", () => {
  test.each([
    [31_234, "ns", "31.2 µs"],
    [0, "ms", "0 ms"],
    [0, "bytes", "0 B"],
    [null, "ns", "–"],
    [Number.NaN, "ns", "–"],
    [1_234_567, "count", "1,234,567"],
    [12.5, "%", "12.5 %"],
    [0, "%", "0 %"],
    [0.5, "", "0.5"],
    [0, "ratio", "0"],
  ])("%s %s reads %s", (value, unit, text) => {
    expect(formatQuantity(value, unit)).toBe(text);
  });

  test.each([
    [{ low: 29_000, high: 34_100 }, "29 to 34.1 µs"],
    [{ low: 900_000, high: 1_100_000 }, "900 µs to 1.1 ms"],
    [{ low: null, high: 34_000 }, "up to 34 µs"],
    [{ low: 29_000, high: null }, "from 29 µs"],
    [{ low: null, high: null }, ""],
  ])("the interval %j reads %s", (ends, text) => {
    expect(formatInterval({ value: 1, ...ends }, "ns")).toBe(text);
  });
});

describe("what was not seen in time", () => {
  const censored = summary({ censored: 3, censoredAbove: 30e9, p50: { value: 2e6, low: 1e6, high: null } });

  test("a quantile among it reads as a bound, one below it as a number", () => {
    expect(formatQuantile(censored, "p99")).toBe("> 30 s");
    expect(formatQuantile(censored, "p50")).toBe("2 ms");
    expect(formatQuantile(summary({}), "p99")).toBe("–");
    expect(formatQuantile(summary({ censored: 3 }), "p99")).toBe("never seen");
  });

  test("hides the greatest value, bounds the moments and is counted", () => {
    expect(formatMax(censored)).toBe("> 30 s");
    expect(formatMax(summary({}))).toBe("5 ms");
    expect(formatMoment(censored, 4e6)).toBe("≥ 4 ms");
    expect(formatMoment(censored, null)).toBe("–");
    expect(formatCensored(censored)).toBe("3 > 30 s");
    expect(formatCensored(summary({}))).toBe("0");
  });
});

describe("times of a run", () => {
  test.each([
    [12_340, "12.3 s"],
    [59_960, "1 min 00 s"],
    [81_212, "1 min 21 s"],
    [7_385_000, "2 h 03 min"],
  ])("%d ms took %s", (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  test("a moment is told in UTC, anything else as it is", () => {
    expect(formatInstant("2026-11-20T07:40:11+01:00")).toBe("20 November 2026, 06:40 UTC");
    expect(formatInstant("<yesterday>")).toBe("<yesterday>");
  });
});
