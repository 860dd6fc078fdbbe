import type { Metric } from "./metric.ts";
import type { Estimate, Summary } from "./report.ts";
import type { Verdict } from "./verdict.ts";

/**
 * What a change of a median amounts to, given the margin within which nobody cares: `better` or `worse` (`changed` where
 * the metric has no direction) when its whole interval lies beyond the margin, `equivalent` when it lies within,
 * `undecided` when it does neither, `incomparable` when one side has no number. Where there is no ratio, as for shares,
 * any change that is surely not zero counts.
 */
export type Answer = "better" | "worse" | "changed" | "equivalent" | "undecided" | "incomparable";

/** One series in two runs. */
export interface DiffRow {
  trial: string;
  metric: Metric;
  labels: Record<string, string>;
  /** Absent where that run has no such series. */
  before?: Summary;
  after?: Summary;
  /** Median after / median before, with its 95 % interval; null for shares, and where values are not positive. */
  ratio: Estimate;
  /** Median after - median before in the metric's unit; for shares the difference of the shares. */
  difference: Estimate;
  answer: Answer;
}

/** One claim whose verdict is not the same in both runs; `undefined` where that run does not make the claim. */
export interface VerdictChange {
  trial: string;
  claim: string;
  scope: Record<string, string>;
  before?: Verdict;
  after?: Verdict;
}

/** A fact of machine or runtime that is not the same in both runs; `undefined` where that run does not tell it. */
export interface SurroundingChange {
  sheet: string;
  fact: string;
  before?: string;
  after?: string;
}

/** Two runs beside each other: everything that a renderer needs, nothing that it must compute. */
export interface Diff {
  before: { runId: string; startedAt: string; verdict: Verdict };
  after: { runId: string; startedAt: string; verdict: Verdict };
  /** Changes of the median by less than this share count as none, 0.05 for 5 %. */
  margin: number;
  rows: DiffRow[];
  verdicts: VerdictChange[];
  surroundings: SurroundingChange[];
  /** What the numbers cannot say; one sentence each. */
  cautions: string[];
}
