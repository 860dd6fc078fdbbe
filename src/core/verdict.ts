/** The five words a claim, a trial or a run can end with. */
export const VERDICTS = ["pass", "fail", "inconclusive", "errored", "skipped"] as const;
/** One of `VERDICTS`. */
export type Verdict = (typeof VERDICTS)[number];

/** Worst first. `skipped` stands last: it neither helps nor harms what was judged beside it. */
const SEVERITY: readonly Verdict[] = ["fail", "errored", "inconclusive", "pass", "skipped"];

/** The verdict of a whole from the verdicts of its parts. No parts is no data, and no data is never a pass. */
export function mergeVerdicts(parts: Iterable<Verdict>): Verdict {
  const seen = new Set(parts);
  return SEVERITY.find((verdict) => seen.has(verdict)) ?? "inconclusive";
}
