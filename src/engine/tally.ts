import type { Series, Unit } from "../core/metric.ts";
import type { Tally } from "../statistics/proportion.ts";

/** The series as a count of successes where it is a share: a `ratio` of values that are all 0 or 1. */
export function tallyOf({ values, censored }: Series, unit: Unit): Tally | undefined {
  if (unit !== "ratio" || censored > 0 || values.length === 0) return undefined;
  let successes = 0;
  for (const value of values) {
    if (value !== 0 && value !== 1) return undefined;
    successes += value;
  }
  return { successes, trials: values.length };
}
