import { describe, expect, test } from "vitest";
import type { Metric, Series } from "../core/metric.ts";
import { createRandom } from "../core/random.ts";
import { compareSeries } from "./compare.ts";

const LATENCY: Metric = { id: "latency", unit: "ms", direction: "lower", meaning: "from here to there" };
const RATE: Metric = { id: "rate", unit: "per-second", direction: "higher", meaning: "how many" };
const SEEN: Metric = { id: "seen", unit: "ratio", direction: "higher", meaning: "how often" };
const SIZE: Metric = { id: "size", unit: "bytes", direction: "none", meaning: "how large" };

function around(metric: Metric, centre: number, labels: Record<string, string> = {}): Series {
  const values = Array.from({ length: 200 }, (_, i) => centre * (0.9 + i / 1000));
  return { metric: metric.id, labels, values, censored: 0 };
}

function answers(before: Series[], after: Series[], margin = 0.05): string[] {
  const measured = { trial: { id: "visibility", metrics: [LATENCY, RATE, SIZE, SEEN] }, before, after };
  return compareSeries(measured, margin, createRandom("compare")).map((row) => row.answer);
}

describe("the answer", () => {
  test.each([
    [LATENCY, 10, 20, "worse"],
    [LATENCY, 20, 10, "better"],
    [RATE, 10, 20, "better"],
    [RATE, 20, 10, "worse"],
    [SIZE, 10, 20, "changed"],
    [LATENCY, 10, 10.1, "equivalent"],
    [LATENCY, 10, 10.5, "undecided"],
  ])("for %o from %d to %d is %s", (metric, before, after, answer) => {
    expect(answers([around(metric, before)], [around(metric, after)])).toEqual([answer]);
  });

  test("five values a side decide nothing", () => {
    const few = (centre: number): Series => ({
      ...around(LATENCY, centre),
      values: [1, 2, 3, 4, 5].map((x) => x * centre),
    });
    expect(answers([few(1)], [few(100)])).toEqual(["undecided"]);
  });

  test("what no longer arrives at all is worse", () => {
    const lost: Series = { metric: "latency", labels: {}, values: [], censored: 100, censoredAbove: 1000 };
    expect(answers([around(LATENCY, 10)], [lost])).toEqual(["worse"]);
  });

  test("what arrives again is better", () => {
    const lost: Series = { metric: "latency", labels: {}, values: [], censored: 100, censoredAbove: 1000 };
    expect(answers([lost], [around(LATENCY, 10)])).toEqual(["better"]);
  });

  test.each([
    [990, 900, "worse"],
    [900, 990, "better"],
    [999, 990, "worse"],
    [1000, 1000, "equivalent"],
    [990, 988, "equivalent"],
    [10, 10, "undecided"],
  ])("for shares, %d of the trials before and %d after, is %s", (before, after, answer) => {
    const seen = (successes: number): Series => {
      const trials = successes <= 10 ? 10 : 1000;
      const values = Array.from({ length: trials }, (_, i) => (i < successes ? 1 : 0));
      return { metric: "seen", labels: {}, values, censored: 0 };
    };
    expect(answers([seen(before)], [seen(after)])).toEqual([answer]);
  });

  test("classes of many values answer as those values do", () => {
    const seen = (ones: number): Series => ({
      metric: "seen",
      labels: {},
      values: [0, 1],
      counts: [1000 - ones, ones],
      censored: 0,
    });
    expect(answers([seen(990)], [seen(900)])).toEqual(["worse"]);
    const classes: Series = { metric: "latency", labels: {}, values: [9, 10, 11], counts: [50, 100, 50], censored: 0 };
    expect(answers([classes], [around(LATENCY, 20)])).toEqual(["worse"]);
    expect(answers([classes], [classes])).toEqual(["equivalent"]);
  });

  test("with zeros there is no ratio, and the difference answers", () => {
    const zeros: Series = { metric: "latency", labels: {}, values: new Array<number>(50).fill(0), censored: 0 };
    expect(answers([zeros], [around(LATENCY, 10)])).toEqual(["worse"]);
    expect(answers([zeros], [zeros])).toEqual(["equivalent"]);
  });
});

describe("rows", () => {
  test("pair series by metric and labels, in whatever order the labels stand", () => {
    const before = [around(LATENCY, 10, { operation: "create", reader: "polling" })];
    const after = [around(LATENCY, 30, { reader: "polling", operation: "create" })];
    expect(answers(before, after)).toEqual(["worse"]);
  });

  test("a series that only one run has stands alone and is incomparable", () => {
    const measured = {
      trial: { id: "visibility", metrics: [LATENCY] },
      before: [around(LATENCY, 10, { operation: "create" })],
      after: [around(LATENCY, 10, { operation: "unlink" })],
    };
    const rows = compareSeries(measured, 0.05, createRandom("alone"));
    expect(rows.map(({ labels, answer }) => [labels["operation"], answer])).toEqual([
      ["create", "incomparable"],
      ["unlink", "incomparable"],
    ]);
    expect(rows[0]).not.toHaveProperty("after");
    expect(rows[1]?.after?.p50.value).toBeCloseTo(10, 0);
  });

  test("a row does not depend on its neighbours", () => {
    const [create, unlink] = [{ operation: "create" }, { operation: "unlink" }];
    const alone = compareSeries(
      {
        trial: { id: "t", metrics: [LATENCY] },
        before: [around(LATENCY, 10, unlink)],
        after: [around(LATENCY, 11, unlink)],
      },
      0.05,
      createRandom("seed"),
    );
    const together = compareSeries(
      {
        trial: { id: "t", metrics: [LATENCY] },
        before: [around(LATENCY, 10, create), around(LATENCY, 10, unlink)],
        after: [around(LATENCY, 12, create), around(LATENCY, 11, unlink)],
      },
      0.05,
      createRandom("seed"),
    );
    expect(together[1]).toEqual(alone[0]);
  });

  test("a series of a metric that the trial does not have is a defect", () => {
    const stray: Series = { ...around(LATENCY, 10), metric: "stray" };
    expect(() => answers([stray], [])).toThrow(/no metric/);
  });
});
