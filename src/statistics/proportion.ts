/** The 0.975 quantile of the standard normal distribution. */
const Z = 1.959963984540054;

/**
 * A proportion with its 95 % interval by Wilson's score (Wilson 1927): holds near 0 and 1 and for few trials, where the
 * textbook interval has no width. Without trials nothing is known: 0 to 1.
 */
export function wilson(successes: number, trials: number): { value: number | null; low: number; high: number } {
  if (trials === 0) return { value: null, low: 0, high: 1 };
  const share = successes / trials;
  const spread = Z * Math.sqrt((share * (1 - share) + (Z * Z) / (4 * trials)) / trials);
  const centre = share + (Z * Z) / (2 * trials);
  const scale = 1 + (Z * Z) / trials;
  return {
    value: share,
    low: successes === 0 ? 0 : (centre - spread) / scale,
    high: successes === trials ? 1 : (centre + spread) / scale,
  };
}

/** How often something happened. */
export interface Tally {
  successes: number;
  trials: number;
}

/**
 * after - before of two proportions with its 95 % interval: the square-and-add of their Wilson intervals (Newcombe
 * 1998, method 10), which neither leaves [-1, 1] nor loses its width where all or none succeeded. `null` without data.
 */
export function compareProportions(before: Tally, after: Tally): { value: number; low: number; high: number } | null {
  const [from, to] = [wilson(before.successes, before.trials), wilson(after.successes, after.trials)];
  if (from.value === null || to.value === null) return null;
  const change = to.value - from.value;
  return {
    value: change,
    low: change - Math.hypot(to.value - to.low, from.high - from.value),
    high: change + Math.hypot(to.high - to.value, from.value - from.low),
  };
}
