import type { Diff, SurroundingChange, VerdictChange } from "../core/diff.ts";
import {
  answerCounts,
  attentionFirst,
  CHANGE_COLUMNS,
  changeRow,
  marginText,
  surroundingMove,
  verdictMove,
} from "./diff-words.ts";
import { formatInstant } from "./format.ts";
import { code, cutToBytes, escapeMarkdown, table } from "./markdown-text.ts";
import { scopeText, VERDICT_FACES } from "./verdicts.ts";

/** The longest comment that GitHub takes is 65,536 characters. */
const MAX_BYTES = 65_000;

/** Two runs beside each other in GitHub's Markdown, for a comment on a pull request; cut, and said to be, at `maxBytes`. */
export function renderDiffMarkdown(diff: Diff, maxBytes = MAX_BYTES): string {
  const rows = attentionFirst(diff.rows).map((row) => changeRow(row).map(escapeMarkdown));
  const lines = [
    `## Seatrial: ${answerCounts(diff.rows)}`,
    "",
    ...table(["", "run", "began", "verdict"], [sideRow("before", diff.before), sideRow("after", diff.after)]),
    "",
    ...diff.cautions.map((caution) => `> ⚠ ${escapeMarkdown(caution)}\n`),
    ...surroundingLines(diff.surroundings),
    ...verdictLines(diff.verdicts),
    ...(rows.length > 0 ? [...table([...CHANGE_COLUMNS], rows), ""] : []),
    marginText(diff),
  ];
  return cutToBytes(lines, maxBytes, "*Cut here: `seatrial diff` shows all.*");
}

function sideRow(side: string, { runId, startedAt, verdict }: Diff["before"]): string[] {
  const { sign, word } = VERDICT_FACES[verdict];
  return [side, code(runId), escapeMarkdown(formatInstant(startedAt)), `${sign} ${word}`];
}

function surroundingLines(surroundings: readonly SurroundingChange[]): string[] {
  if (surroundings.length === 0) return [];
  return [
    ...table(
      ["surroundings", "change"],
      surroundings.map((change) => surroundingMove(change).map(escapeMarkdown)),
    ),
    "",
  ];
}

function verdictLines(verdicts: readonly VerdictChange[]): string[] {
  if (verdicts.length === 0) return ["No claim changed its verdict.", ""];
  const rows = verdicts.map((change) => [
    code(change.claim),
    escapeMarkdown(scopeText(change.scope)),
    verdictMove(change),
  ]);
  return [...table(["claim", "where", "verdict"], rows), ""];
}
