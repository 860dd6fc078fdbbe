import { describe, expect, test } from "vitest";
import type { Metric, Series } from "../core/metric.ts";
import { createRandom } from "../core/random.ts";
import type { Finding, Report } from "../core/report.ts";
import type { Verdict } from "../core/verdict.ts";
import { placebo } from "../../test/fixtures/placebo.ts";
import { sampleReport, sampleTrial } from "../../test/fixtures/sample-report.ts";
import { diffRuns, type JudgedRun } from "./diff-runs.ts";

const LATENCY: Metric = { id: "latency", unit: "ms", direction: "lower", meaning: "from here to there" };

function judged(report: Partial<Report>, centre = 10, metric = LATENCY): JudgedRun {
  const values = Array.from({ length: 100 }, (_, i) => centre * (0.9 + i / 500));
  const series: Series[] = [{ metric: metric.id, labels: {}, values, censored: 0 }];
  return { report: sampleReport(report), measured: [{ trial: { ...placebo, metrics: [metric] }, series }] };
}

function reportOf(...claims: [claim: string, verdict: Verdict][]): Partial<Report> {
  const findings = claims.map(([claim, verdict]): Finding => {
    return { claim, verdict, statement: "It holds", detail: "seen", scope: {}, events: [], eventCount: 0 };
  });
  return { trials: [{ ...sampleTrial(), findings }] };
}

function diff(before: JudgedRun, after: JudgedRun) {
  return diffRuns(before, after, 0.05, createRandom("diff"));
}

describe("two runs", () => {
  test("a run beside itself differs in nothing", () => {
    const { rows, verdicts, surroundings, before, after } = diff(judged({}), judged({}));
    expect(rows.map(({ answer }) => answer)).toEqual(["equivalent"]);
    expect([verdicts, surroundings]).toEqual([[], []]);
    expect(before).toEqual(after);
  });

  test("one seed gives one answer", () => {
    expect(diff(judged({}, 10), judged({}, 11))).toEqual(diff(judged({}, 10), judged({}, 11)));
  });

  test("changed numbers are rows with the trial's name", () => {
    const { rows } = diff(judged({}, 10), judged({}, 20));
    expect(rows).toMatchObject([{ trial: placebo.id, metric: LATENCY, answer: "worse" }]);
  });

  test("a trial that only one run has keeps its rows", () => {
    const { rows } = diff(judged({}), { ...judged({}), measured: [] });
    expect(rows.map(({ answer }) => answer)).toEqual(["incomparable"]);
  });

  test("claims whose verdict changed, appeared or went are named; the others are not", () => {
    const before = judged(reportOf(["kept", "pass"], ["broken", "pass"], ["gone", "fail"]));
    const after = judged(reportOf(["kept", "pass"], ["broken", "fail"], ["come", "pass"]));
    const changes = diff(before, after).verdicts.map(({ claim, before: was, after: is }) => [claim, was, is]);
    expect(changes).toEqual([
      ["broken", "pass", "fail"],
      ["gone", "fail", undefined],
      ["come", undefined, "pass"],
    ]);
  });

  test("surroundings that are not the same are told", () => {
    const before = judged({
      environment: [
        {
          title: "Machine",
          facts: [
            ["kernel", "6.1"],
            ["node", "20"],
          ],
        },
      ],
    });
    const after = judged({
      environment: [
        {
          title: "Machine",
          facts: [
            ["kernel", "6.2"],
            ["node", "20"],
          ],
        },
      ],
    });
    expect(diff(before, after).surroundings).toEqual([
      { sheet: "Machine", fact: "kernel", before: "6.1", after: "6.2" },
    ]);
  });

  test("what was not completed is no evidence, and that is said", () => {
    const { cautions } = diff(judged({}), judged({ ended: "interrupted", runId: "broken-off" }));
    expect(cautions[0]).toContain("broken-off was interrupted");
    expect(diff(judged({}), judged({})).cautions.join()).not.toContain("interrupted");
  });
});
