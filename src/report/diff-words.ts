import type { Answer, Diff, DiffRow, SurroundingChange, VerdictChange } from "../core/diff.ts";
import type { Estimate, Summary } from "../core/report.ts";
import type { Verdict } from "../core/verdict.ts";
import { formatQuantile, formatQuantity, NO_NUMBER } from "./format.ts";
import { scopeText, VERDICT_FACES } from "./verdicts.ts";

/** How an answer is written, and its place among rows (0 first). */
export const ANSWER_FACES: Readonly<Record<Answer, { word: string; sign: string; rank: number }>> = {
  worse: { word: "worse", sign: "▼", rank: 0 },
  changed: { word: "changed", sign: "◆", rank: 1 },
  undecided: { word: "undecided", sign: "?", rank: 2 },
  incomparable: { word: "not comparable", sign: "–", rank: 3 },
  better: { word: "better", sign: "▲", rank: 4 },
  equivalent: { word: "equivalent", sign: "=", rank: 5 },
};

/** Rows with what needs attention first; those of one answer stay in their order. */
export function attentionFirst(rows: readonly DiffRow[]): DiffRow[] {
  return rows.toSorted((a, b) => ANSWER_FACES[a.answer].rank - ANSWER_FACES[b.answer].rank);
}

/** "2 worse · 1 undecided · 14 equivalent". */
export function answerCounts(rows: readonly DiffRow[]): string {
  const counts = new Map<Answer, number>();
  for (const { answer } of attentionFirst(rows)) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  const parts = [...counts].map(([answer, count]) => `${count} ${ANSWER_FACES[answer].word}`);
  return parts.length === 0 ? "nothing measured in either run" : parts.join(" · ");
}

/** The columns of a table of changes. */
export const CHANGE_COLUMNS = ["series", "before", "after", "change", "95 % interval", "answer"] as const;

/** One row under `CHANGE_COLUMNS`; medians (of shares the share), and their ratio where there is one, else their difference. */
export function changeRow(row: DiffRow): string[] {
  const { metric, labels, before, after, answer } = row;
  const scope = scopeText(labels);
  const [change, interval] = changeTexts(row);
  return [
    scope === "" ? metric.id : `${metric.id} (${scope})`,
    comparedText(row, before),
    comparedText(row, after),
    change,
    interval,
    `${ANSWER_FACES[answer].sign} ${ANSWER_FACES[answer].word}`,
  ];
}

function comparedText({ metric, ratio }: DiffRow, summary: Summary | undefined): string {
  if (!summary) return "none";
  const isShare = metric.unit === "ratio" && ratio.value === null;
  return isShare ? formatQuantity(summary.mean.value, summary.unit) : formatQuantile(summary, "p50");
}

function changeTexts({ ratio, difference, metric }: DiffRow): [string, string] {
  const asRatio = ratio.value !== null || ratio.low !== null || ratio.high !== null;
  const text = asRatio
    ? (value: number) => `×${formatQuantity(value, "ratio")}`
    : (value: number) => (value > 0 ? "+" : "") + formatQuantity(value, metric.unit);
  const { value, low, high } = asRatio ? ratio : difference;
  return [value === null ? NO_NUMBER : text(value), intervalText({ value, low, high }, text)];
}

function intervalText({ low, high }: Estimate, text: (value: number) => string): string {
  if (low === null && high === null) return NO_NUMBER;
  if (low === null) return `up to ${text(high as number)}`;
  return high === null ? `from ${text(low)}` : `${text(low)} to ${text(high)}`;
}

/** A claim whose verdict moved: "fail → pass". */
export function verdictMove({ before, after }: Pick<VerdictChange, "before" | "after">): string {
  const word = (verdict: Verdict | undefined): string =>
    verdict === undefined ? "not claimed" : VERDICT_FACES[verdict].word.toLowerCase();
  return `${word(before)} → ${word(after)}`;
}

/** What differs about the machine or the engine: "Machine, kernel" and "6.17.0 → 6.18.0". */
export function surroundingMove({ sheet, fact, before, after }: SurroundingChange): [name: string, move: string] {
  return [`${sheet}, ${fact}`, `${before ?? "not told"} → ${after ?? "not told"}`];
}

/** What the reader must know to read the answers. */
export function marginText({ margin }: Pick<Diff, "margin">): string {
  return `A change of the median counts when its whole 95 % interval lies beyond ${formatQuantity(margin * 100, "%")}.`;
}
