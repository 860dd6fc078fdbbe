import { studentQuantile } from "./distributions.ts";
import type { Interval } from "./sample.ts";

/** The arithmetic mean and the sample standard deviation (divisor n - 1; 0 for one value). `null` for no data. */
export function moments(values: ArrayLike<number>): { mean: number; standardDeviation: number } | null {
  const size = values.length;
  if (size === 0) return null;
  // Welford 1962: one pass, no cancellation where the values are large and close together.
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < size; i++) {
    const value = values[i] as number;
    const step = value - mean;
    mean += step / (i + 1);
    squares += step * (value - mean);
  }
  return { mean, standardDeviation: size === 1 ? 0 : Math.sqrt(squares / (size - 1)) };
}

/**
 * The 95 % interval of the mean by Student's t. Exact for normal data; for the skewed latencies of this house it holds
 * from some tens of values on by the central limit theorem, and costs nothing at 100,000. One value sets no bound.
 */
export function meanInterval(values: ArrayLike<number>): Interval {
  const found = moments(values);
  if (!found || values.length < 2) return { low: null, high: null };
  const half = (studentQuantile(0.975, values.length - 1) * found.standardDeviation) / Math.sqrt(values.length);
  return { low: found.mean - half, high: found.mean + half };
}
