import type { Finding, Report, TrialReport } from "../core/report.ts";
import type { Verdict } from "../core/verdict.ts";

/** How a verdict is written: a word, a sign that differs by shape, and its place among findings (0 first). */
interface VerdictFace {
  word: string;
  sign: string;
  rank: number;
}

/** What fails comes first, what needs nobody's attention last. */
export const VERDICT_FACES: Readonly<Record<Verdict, VerdictFace>> = {
  fail: { word: "Fail", sign: "✗", rank: 0 },
  errored: { word: "Errored", sign: "!", rank: 1 },
  inconclusive: { word: "Inconclusive", sign: "?", rank: 2 },
  skipped: { word: "Skipped", sign: "–", rank: 3 },
  pass: { word: "Pass", sign: "✓", rank: 4 },
};

/** The findings, worst first; those of one verdict stay in their order. */
export function worstFirst<Found extends { verdict: Verdict }>(findings: readonly Found[]): Found[] {
  return findings.toSorted((a, b) => VERDICT_FACES[a.verdict].rank - VERDICT_FACES[b.verdict].rank);
}

/** How many findings ended with each verdict, worst first; verdicts that none has are left out. */
export function countVerdicts(findings: readonly Finding[]): { verdict: Verdict; count: number }[] {
  const counts = new Map<Verdict, number>();
  for (const { verdict } of worstFirst(findings)) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return [...counts].map(([verdict, count]) => ({ verdict, count }));
}

/** "4 fail · 1 inconclusive · 16 pass". */
export function countText(findings: readonly Finding[]): string {
  const parts = countVerdicts(findings).map(({ verdict, count }) => `${count} ${verdict}`);
  return parts.length === 0 ? "no findings" : parts.join(" · ");
}

/** Labels as "operation append, state looked"; empty for the whole subject. */
export function scopeText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

/** Every finding of the run with the trial that made it, worst first. */
export function allFindings(report: Report): { trial: TrialReport; finding: Finding; verdict: Verdict }[] {
  return worstFirst(
    report.trials.flatMap((trial) => trial.findings.map((finding) => ({ trial, finding, verdict: finding.verdict }))),
  );
}

const ENDINGS: Readonly<Record<Exclude<Report["ended"], "completed">, string>> = {
  interrupted: "The run was interrupted: what is missing is no evidence of anything.",
  errored: "The lab broke before the run was complete: what is missing is no evidence of anything.",
  unfinished: "The lab ended without a word; this was judged from what it had recorded by then.",
};

/** What to know of a run that did not complete; undefined for one that did. */
export function endingText({ ended }: Report): string | undefined {
  return ended === "completed" ? undefined : ENDINGS[ended];
}
