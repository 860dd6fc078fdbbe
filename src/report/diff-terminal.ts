import picocolors from "picocolors";
import type { Answer, Diff, DiffRow } from "../core/diff.ts";
import { alignColumns, wrap } from "./columns.ts";
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
import { plainLine } from "./plain-text.ts";
import type { TerminalOptions } from "./terminal.ts";
import { scopeText, VERDICT_FACES } from "./verdicts.ts";

/** Two runs beside each other for a terminal: cautions first, then moved verdicts, then every series. */
export function renderDiffTerminal(diff: Diff, options: TerminalOptions): string {
  const { bold, dim, yellow, ...colours } = picocolors.createColors(options.colour);
  const width = Math.max(options.width, 60);
  const tint: Readonly<Record<Answer, (text: string) => string>> = {
    worse: colours.red,
    better: colours.green,
    changed: yellow,
    undecided: yellow,
    incomparable: dim,
    equivalent: (text) => text,
  };
  const rows = attentionFirst(diff.rows);
  const [head = "", ...body] = alignColumns([[...CHANGE_COLUMNS], ...rows.map(plainRow)], width);
  const lines = [
    ...sideLines(diff).map((line) => bold(line)),
    ...diff.cautions.flatMap((caution) => wrap(`! ${plainLine(caution)}`, width)).map(yellow),
    ...surroundingLines(diff),
    "",
    ...verdictLines(diff),
    ...(rows.length > 0 ? [dim(head), ...body.map((line, i) => tint[rows[i]?.answer ?? "equivalent"](line)), ""] : []),
    answerCounts(diff.rows),
    ...wrap(marginText(diff), width).map(dim),
  ];
  return `${lines.join("\n")}\n`;
}

function plainRow(row: DiffRow): string[] {
  return changeRow(row).map(plainLine);
}

function sideLines({ before, after }: Diff): string[] {
  return Object.entries({ before, after }).map(
    ([side, { runId, startedAt, verdict }]) =>
      `${side.padEnd(6)}  ${plainLine(runId)}  ${plainLine(formatInstant(startedAt))}  ${VERDICT_FACES[verdict].sign} ${VERDICT_FACES[verdict].word}`,
  );
}

function surroundingLines({ surroundings }: Diff): string[] {
  if (surroundings.length === 0) return [];
  return [
    "",
    "Surroundings that differ:",
    ...surroundings.map((change) => `  ${plainLine(surroundingMove(change).join(": "))}`),
  ];
}

function verdictLines({ verdicts }: Diff): string[] {
  if (verdicts.length === 0) return ["No claim changed its verdict.", ""];
  const lines = verdicts.map((change) =>
    plainLine(`  ${verdictMove(change)}  ${change.claim} ${scopeText(change.scope)}`),
  );
  return ["Verdicts that changed:", ...lines.map((line) => `  ${line}`), ""];
}
