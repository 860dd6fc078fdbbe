import type { Answer, DiffRow } from "../core/diff.ts";
import type { Metric, Series } from "../core/metric.ts";
import type { Random } from "../core/random.ts";
import type { Estimate } from "../core/report.ts";
import type { Trial } from "../core/trial.ts";
import { compareMedians, type MedianChange } from "../statistics/compare-medians.ts";
import { compareProportions } from "../statistics/proportion.ts";
import { type Sample, sampleOf } from "../statistics/sample.ts";
import { summarise } from "./summarise.ts";
import { tallyOf } from "./tally.ts";

/** What one trial measured in two runs. */
export interface MeasuredTwice {
  trial: Pick<Trial, "id" | "metrics">;
  before: readonly Series[];
  after: readonly Series[];
}

/**
 * One row for every series of either run, those of `before` first. Series belong together when metric and labels are
 * the same. A row draws from a fork of `random` of its own, so that it is the same whatever stands beside it.
 * Medians that differ by less than the share `margin` are as good as equal.
 */
export function compareSeries({ trial, ...runs }: MeasuredTwice, margin: number, random: Random): DiffRow[] {
  const [before, after] = [byKey(runs.before), byKey(runs.after)];
  return [...new Set([...before.keys(), ...after.keys()])].map((key) => {
    const pair: Pair = { before: before.get(key), after: after.get(key) };
    const metric = trial.metrics.find(({ id }) => id === (pair.before ?? pair.after)?.metric);
    if (!metric) throw new RangeError(`${trial.id} has no metric for the series ${key}`);
    return { trial: trial.id, ...rowOf(metric, pair, margin, random.fork(key)) };
  });
}

interface Pair {
  before: Series | undefined;
  after: Series | undefined;
}

function byKey(series: readonly Series[]): Map<string, Series> {
  return new Map(series.map((one) => [keyOf(one), one]));
}

function keyOf({ metric, labels }: Series): string {
  return JSON.stringify([metric, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

function rowOf(metric: Metric, { before, after }: Pair, margin: number, random: Random): Omit<DiffRow, "trial"> {
  const change = changeOf(metric, { before, after }, random);
  return {
    metric,
    labels: (before ?? after)?.labels ?? {},
    ...(before && { before: summarise(before, metric.unit) }),
    ...(after && { after: summarise(after, metric.unit) }),
    ...change,
    answer: answerOf(metric, change, margin),
  };
}

const UNKNOWN: Estimate = { value: null, low: null, high: null };

function changeOf({ unit }: Metric, { before, after }: Pair, random: Random): MedianChange {
  const [from, to] = [before && tallyOf(before, unit), after && tallyOf(after, unit)];
  if (from && to) return { ratio: UNKNOWN, difference: compareProportions(from, to) ?? UNKNOWN };
  return compareMedians(asSample(before), asSample(after), random.fraction);
}

function asSample(series: Series | undefined): Sample {
  return series ? sampleOf(series, series.censored, series.censoredAbove) : sampleOf([]);
}

function answerOf({ direction, unit }: Metric, { ratio, difference }: MedianChange, margin: number): Answer {
  const near: Range = { low: 1 / (1 + margin), high: 1 + margin };
  const still: Range = { low: 0, high: 0 };
  const moved = isKnown(ratio)
    ? movement(ratio, near, near)
    : movement(difference, still, unit === "ratio" ? { low: -margin, high: margin } : still);
  if (moved !== "up" && moved !== "down") return moved;
  if (direction === "none") return "changed";
  return (moved === "up") === (direction === "higher") ? "better" : "worse";
}

function isKnown({ value, low, high }: Estimate): boolean {
  return value !== null || low !== null || high !== null;
}

interface Range {
  low: number;
  high: number;
}

/** Where an estimate lies as a whole: beyond `still`, within `same`, or neither. */
function movement(
  estimate: Estimate,
  still: Range,
  same: Range,
): "up" | "down" | Extract<Answer, "equivalent" | "undecided" | "incomparable"> {
  if (!isKnown(estimate)) return "incomparable";
  const { low, high } = { low: estimate.low ?? -Infinity, high: estimate.high ?? Infinity };
  if (low > still.high) return "up";
  if (high < still.low) return "down";
  return low >= same.low && high <= same.high ? "equivalent" : "undecided";
}
