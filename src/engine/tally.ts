import type { Series, Unit } from "../core/metric.ts";
import type { Tally } from "../statistics/proportion.ts";
import { inClasses } from "../statistics/weighted.ts";

/** The series as a count of successes where it is a share: a `ratio` of values that are all 0 or 1. */
export function tallyOf(series: Series, unit: Unit): Tally | undefined {
  if (unit !== "ratio" || series.censored > 0) return undefined;
  const { values, counts } = inClasses(series);
  if (values.length === 0 || values.some((value) => value !== 0 && value !== 1)) return undefined;
  const trials = counts.reduce((sum, count) => sum + count, 0);
  return { successes: values.at(-1) === 1 ? (counts.at(-1) as number) : 0, trials };
}
