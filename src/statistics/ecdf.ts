import { countUpTo, type Sample, sizeOf } from "./sample.ts";

/**
 * The empirical distribution as steps [value, fraction of all that are at most it]. With all censoring above the
 * greatest value the Kaplan-Meier estimate is this same curve: it ends below 1. Thinned to at most `maxPoints` (2 or
 * more) steps evenly by rank; the least and the greatest value stay.
 */
export function ecdf(sample: Sample, maxPoints: number): [number, number][] {
  const { sorted } = sample;
  const size = sizeOf(sample);
  const picks = Math.min(sorted.length, maxPoints);
  const steps: [number, number][] = [];
  for (let pick = 0; pick < picks; pick++) {
    const value = sorted[Math.round((pick * (sorted.length - 1)) / Math.max(picks - 1, 1))] as number;
    if (steps.at(-1)?.[0] !== value) steps.push([value, countUpTo(sorted, value) / size]);
  }
  return steps;
}
