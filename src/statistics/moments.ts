import { studentQuantile } from "./distributions.ts";
import type { Interval } from "./sample.ts";
import { type Values, weighted } from "./weighted.ts";

interface Moments {
  count: number;
  mean: number;
  standardDeviation: number;
}

/** The arithmetic mean and the sample standard deviation (divisor n - 1; 0 for one value). `null` for no data. */
export function moments(values: Values): Moments | null {
  const { values: given, counts } = weighted(values);
  // Welford 1962, with West 1979's weights: one pass, no cancellation where the values are large and close together.
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < given.length; i++) {
    const [value, weight] = [given[i] as number, counts[i] as number];
    if (weight === 0) continue;
    count += weight;
    const step = value - mean;
    mean += (step * weight) / count;
    squares += weight * step * (value - mean);
  }
  return count === 0 ? null : { count, mean, standardDeviation: count === 1 ? 0 : Math.sqrt(squares / (count - 1)) };
}

/**
 * The 95 % interval of the mean by Student's t. Exact for normal data; for the skewed latencies of this house it holds
 * from some tens of values on by the central limit theorem, and costs nothing at 100,000. One value sets no bound.
 */
export function meanInterval(values: Values): Interval {
  const found = moments(values);
  if (!found || found.count < 2) return { low: null, high: null };
  const { count, mean, standardDeviation } = found;
  const half = (studentQuantile(0.975, count - 1) * standardDeviation) / Math.sqrt(count);
  return { low: mean - half, high: mean + half };
}
