import { countUpTo, knownCount, type Sample, sizeOf, valueAt } from "./sample.ts";

/**
 * The empirical distribution as steps [value, fraction of all that are at most it]. With all censoring above the
 * greatest value the Kaplan-Meier estimate is this same curve: it ends below 1. Thinned to at most `maxPoints` (2 or
 * more) steps evenly by rank; the least and the greatest value stay.
 */
export function ecdf(sample: Sample, maxPoints: number): [number, number][] {
  const [size, known] = [sizeOf(sample), knownCount(sample)];
  const picks = Math.min(known, maxPoints);
  const steps: [number, number][] = [];
  for (let pick = 0; pick < picks; pick++) {
    const value = valueAt(sample, Math.round((pick * (known - 1)) / Math.max(picks - 1, 1))) as number;
    if (steps.at(-1)?.[0] !== value) steps.push([value, countUpTo(sample, value) / size]);
  }
  return steps;
}
