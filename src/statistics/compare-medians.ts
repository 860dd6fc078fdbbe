import { quantile } from "./quantile.ts";
import { resampledMedianRanks, type Uniform } from "./resample.ts";
import { type Interval, type Sample, sizeOf, valueAt } from "./sample.ts";

/** A change with its 95 % interval. `null`: no number, or no bound on that side. */
export interface Change extends Interval {
  value: number | null;
}

/** How the median of `after` stands to the median of `before`. */
export interface MedianChange {
  /** after / before; unknown where `before` holds values that are not positive. */
  ratio: Change;
  /** after - before, in the unit of the values. */
  difference: Change;
}

/** Enough for the interval's ends to repeat, from one seed to another, within about a twentieth of its width. */
const RESAMPLES = 4000;

/** Below this many values even the least and the greatest do not bound the median with 95 %. */
const FEWEST = 6;

/**
 * The change of the median between two samples, with a percentile bootstrap interval. It speaks of these two samples:
 * how much one machine differs from day to day is not in them, and takes several runs a side to see.
 */
export function compareMedians(before: Sample, after: Sample, uniform: Uniform): MedianChange {
  const from = quantile(before, 0.5);
  const to = quantile(after, 0.5);
  const known = from !== null && to !== null;
  const pairs = Math.min(sizeOf(before), sizeOf(after)) < FEWEST ? [] : resampledPairs(before, after, uniform);
  const divisible = (before.sorted[0] ?? before.limit) > 0;
  return {
    ratio: { value: known && divisible ? to / from : null, ...interval(divisible ? pairs : [], (a, b) => b / a) },
    difference: { value: known ? to - from : null, ...interval(pairs, (a, b) => b - a) },
  };
}

/** A median known to lie between two numbers; they differ where it falls among the censored. */
interface Bracket {
  low: number;
  high: number;
}

function resampledPairs(before: Sample, after: Sample, uniform: Uniform): [Bracket, Bracket][] {
  return Array.from({ length: RESAMPLES }, () => [resampledMedian(before, uniform), resampledMedian(after, uniform)]);
}

function resampledMedian(sample: Sample, uniform: Uniform): Bracket {
  const [lower, upper] = resampledMedianRanks(sizeOf(sample), uniform);
  const [below, above] = [valueAt(sample, lower), valueAt(sample, upper)];
  return {
    low: ((below ?? sample.limit) + (above ?? sample.limit)) / 2,
    high: ((below ?? Infinity) + (above ?? Infinity)) / 2,
  };
}

/** `change` grows with its second argument and falls with its first, so the brackets' far ends bound it. */
function interval(pairs: readonly [Bracket, Bracket][], change: (from: number, to: number) => number): Interval {
  const lows = Float64Array.from(pairs, ([from, to]) => change(from.high, to.low)).sort();
  const highs = Float64Array.from(pairs, ([from, to]) => change(from.low, to.high)).sort();
  return {
    low: finite(lows[Math.floor(pairs.length * 0.025)]),
    high: finite(highs[Math.ceil(pairs.length * 0.975) - 1]),
  };
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
