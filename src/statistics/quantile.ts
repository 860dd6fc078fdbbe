import { binomialQuantile } from "./distributions.ts";
import { type Interval, type Sample, sizeOf, valueAt } from "./sample.ts";

/**
 * The quantile at `q` in [0, 1] by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996, the
 * default of R and NumPy). `null` for no data, and where it falls among the censored values.
 */
export function quantile(sample: Sample, q: number): number | null {
  const position = (sizeOf(sample) - 1) * q;
  const below = Math.floor(position);
  const fraction = position - below;
  const lower = valueAt(sample, below);
  const upper = fraction === 0 ? lower : valueAt(sample, below + 1);
  if (lower === undefined || upper === undefined) return null;
  return lower + (upper - lower) * fraction;
}

/**
 * An interval that holds the true quantile with a chance of at least 95 %, whatever the distribution: two order
 * statistics chosen by the binomial law (Conover, Practical Nonparametric Statistics, 3.2). Small samples leave an end
 * open; so does an end that falls among the censored.
 */
export function quantileInterval(sample: Sample, q: number): Interval {
  const size = sizeOf(sample);
  if (size === 0) return { low: null, high: null };
  const low = binomialQuantile(0.025, size, q) - 1;
  const high = binomialQuantile(0.975, size, q);
  return { low: valueAt(sample, low) ?? null, high: valueAt(sample, high) ?? null };
}

/** Least, first quartile, median, third quartile, greatest; `null` where one of them has no number. */
export function fiveNumbers(sample: Sample): [number, number, number, number, number] | null {
  const five = [0, 0.25, 0.5, 0.75, 1].map((q) => quantile(sample, q));
  return five.includes(null) ? null : (five as [number, number, number, number, number]);
}
