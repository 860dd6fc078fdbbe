import picocolors from "picocolors";
import { getOrMake } from "../core/finding.ts";
import type { Finding, Report, TrialReport } from "../core/report.ts";
import type { Verdict } from "../core/verdict.ts";
import { alignColumns, wrap } from "./columns.ts";
import { formatDuration } from "./format.ts";
import { mainSummaries, NUMBER_COLUMNS, numberRow } from "./numbers.ts";
import { plainLine } from "./plain-text.ts";
import { countText, endingText, scopeText, VERDICT_FACES, worstFirst } from "./verdicts.ts";

/** What the terminal can show. Widths below 40 columns are taken as 40. */
export interface TerminalOptions {
  colour: boolean;
  width: number;
}

type Colours = ReturnType<typeof picocolors.createColors>;

/** How to write on one terminal. */
interface Pen {
  colours: Colours;
  width: number;
}

/** More than this is for the report, not for a screen. */
const MOST_FINDINGS = 12;
const MOST_SUMMARIES = 8;
const MOST_REASONS = 6;
const MOST_NAMED = 4;

/** A summary for people at a terminal: per trial the verdict, the answer, what did not pass and the main numbers. */
export function renderTerminal(report: Report, options: TerminalOptions): string {
  const pen = { colours: picocolors.createColors(options.colour), width: Math.max(options.width, 40) };
  const lines = [...report.trials.flatMap((trial) => [...trialLines(trial, pen), ""]), ...closingLines(report, pen)];
  return `${lines.join("\n")}\n`;
}

function trialLines(trial: TrialReport, pen: Pen): string[] {
  const { bold, dim } = pen.colours;
  const open = worstFirst(trial.findings.filter(({ verdict }) => verdict !== "pass" && verdict !== "skipped"));
  return [
    `${badge(trial.verdict, pen)} ${bold(plainLine(trial.title))} ${dim(`· ${formatDuration(trial.durationMs)}`)}`,
    ...paragraph(trial.headline, pen, 2).map(bold),
    ...(trial.reason === undefined ? [] : paragraph(trial.reason, pen, 2)),
    `  ${dim(countText(trial.findings))}`,
    ...open.slice(0, MOST_FINDINGS).flatMap((finding) => ["", ...findingLines(finding, pen)]),
    ...moreLines(open.length - MOST_FINDINGS, "findings", pen),
    ...skippedLines(trial, pen),
    ...numberLines(trial, pen),
    ...(trial.verdict === "pass" ? limitLines(trial, pen) : []),
  ];
}

function findingLines({ verdict, statement, scope, detail, settle }: Finding, pen: Pen): string[] {
  const { dim } = pen.colours;
  const [first = "", ...rest] = paragraph(statement, pen, 4);
  return [
    `  ${tint(verdict, pen)(VERDICT_FACES[verdict].sign)} ${first.trimStart()}`,
    ...rest,
    ...paragraph(scopeText(scope), pen, 4).map(dim),
    ...detail.split("\n").flatMap((line) => paragraph(line, pen, 4)),
    ...(settle === undefined ? [] : paragraph(`To settle it: ${settle}`, pen, 4)),
  ];
}

/** Many are skipped for few reasons, so each reason is told once. */
function skippedLines({ findings }: TrialReport, pen: Pen): string[] {
  const byReason = new Map<string, Finding[]>();
  for (const finding of findings.filter(({ verdict }) => verdict === "skipped"))
    getOrMake(byReason, finding.detail, () => []).push(finding);
  const reasons = [...byReason];
  if (reasons.length === 0) return [];
  const lines = reasons.slice(0, MOST_REASONS).flatMap(([reason, alike]) => {
    const [first = "", ...rest] = paragraph(`${claimsText(alike)}: ${reason}`, pen, 4);
    return [`  ${tint("skipped", pen)(VERDICT_FACES.skipped.sign)} ${first.trimStart()}`, ...rest];
  });
  return ["", ...lines, ...moreLines(reasons.length - MOST_REASONS, "reasons to skip", pen)];
}

/** "3 claims (volume.G07, volume.G08 and others)". */
function claimsText(findings: readonly Finding[]): string {
  const claims = [...new Set(findings.map(({ claim }) => claim))];
  const named = claims.slice(0, MOST_NAMED).join(", ");
  if (findings.length === 1) return named;
  return `${findings.length} claims (${claims.length > MOST_NAMED ? `${named} and others` : named})`;
}

function numberLines({ summaries }: TrialReport, pen: Pen): string[] {
  if (summaries.length === 0) return [];
  const rows = mainSummaries(summaries, MOST_SUMMARIES).map(numberRow);
  const [head = "", ...body] = alignColumns([[...NUMBER_COLUMNS], ...rows], pen.width - 2);
  const more = moreLines(summaries.length - rows.length, "series", pen);
  return ["", `  ${pen.colours.dim(head)}`, ...body.map((line) => `  ${line}`), ...more];
}

function limitLines({ limits }: TrialReport, pen: Pen): string[] {
  if (limits.length === 0) return [];
  const { dim } = pen.colours;
  return [
    "",
    dim("  What this pass does not mean:"),
    ...limits.flatMap((limit) => paragraph(`- ${limit}`, pen, 2).map(dim)),
  ];
}

function moreLines(count: number, what: string, pen: Pen): string[] {
  return count > 0 ? [pen.colours.dim(`  … and ${count} more ${what} in the report`)] : [];
}

function closingLines(report: Report, pen: Pen): string[] {
  const { bold, dim, yellow } = pen.colours;
  const ending = endingText(report);
  const warnings = [...(ending === undefined ? [] : [ending]), ...report.problems];
  const run = `run ${plainLine(report.runId)}, ${formatDuration(report.durationMs)}`;
  return [
    ...warnings.flatMap((warning) => paragraph(`! ${warning}`, pen, 0).map(yellow)),
    `${badge(report.verdict, pen)} ${bold(run)}`,
    `${dim("Repeat it:")} ${plainLine(report.command)}`,
  ];
}

function badge(verdict: Verdict, pen: Pen): string {
  const { word, sign } = VERDICT_FACES[verdict];
  return tint(verdict, pen)(pen.colours.bold(`${sign} ${word.toUpperCase()}`));
}

function tint(verdict: Verdict, { colours }: Pen): (text: string) => string {
  const { red, magenta, yellow, green, gray } = colours;
  return { fail: red, errored: magenta, inconclusive: yellow, pass: green, skipped: gray }[verdict];
}

function paragraph(text: string, { width }: Pen, indent: number): string[] {
  return wrap(plainLine(text), width - indent).map((line) => " ".repeat(indent) + line);
}
