import type { Series, Unit } from "../core/metric.ts";
import type { Estimate, Summary } from "../core/report.ts";
import { meanInterval, moments } from "../statistics/moments.ts";
import { wilson } from "../statistics/proportion.ts";
import { quantile, quantileInterval } from "../statistics/quantile.ts";
import { type Sample, sampleOf, sizeOf } from "../statistics/sample.ts";
import type { Weighted } from "../statistics/weighted.ts";
import { tallyOf } from "./tally.ts";

/** The statistics of one series, each with its 95 % interval; see `Summary` for what becomes of censored values. */
export function summarise(series: Series, unit: Unit): Summary {
  const sample = sampleOf(series, series.censored, series.censoredAbove);
  const { sorted, censored, limit } = sample;
  const filled = withLimitInPlace(sample);
  const found = moments(filled);
  const tally = tallyOf(series, unit);
  return {
    metric: series.metric,
    labels: series.labels,
    unit,
    count: sizeOf(sample),
    censored,
    ...(censored > 0 && { censoredAbove: limit }),
    mean: tally
      ? wilson(tally.successes, tally.trials)
      : { value: found?.mean ?? null, ...meanBounds(filled, censored) },
    standardDeviation: found?.standardDeviation ?? null,
    min: sorted[0] ?? null,
    max: censored > 0 ? null : (sorted.at(-1) ?? null),
    p50: estimate(sample, 0.5),
    p90: estimate(sample, 0.9),
    p95: estimate(sample, 0.95),
    p99: estimate(sample, 0.99),
  };
}

function withLimitInPlace({ sorted, counts, censored, limit }: Sample): Weighted {
  return { values: [...sorted, limit], counts: [...counts, censored] };
}

function meanBounds(filled: Weighted, censored: number): Omit<Estimate, "value"> {
  const interval = meanInterval(filled);
  return censored > 0 ? { low: interval.low, high: null } : interval;
}

function estimate(sample: Sample, q: number): Estimate {
  return { value: quantile(sample, q), ...quantileInterval(sample, q) };
}
