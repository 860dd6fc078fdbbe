import type { Finding, Report, TrialReport } from "../core/report.ts";
import { formatDuration, formatInstant } from "./format.ts";
import { code, cutToBytes, escapeMarkdown, fenced, table } from "./markdown-text.ts";
import { mainSummaries, NUMBER_COLUMNS, numberRow } from "./numbers.ts";
import { countText, endingText, scopeText, VERDICT_FACES, worstFirst } from "./verdicts.ts";

/** A step's summary above this size is refused whole. */
const MAX_BYTES = 1024 * 1024;
const MOST_SUMMARIES = 40;

/** A summary in GitHub's Markdown, for a job's step summary or a comment; cut, and said to be cut, at `maxBytes`. */
export function renderMarkdown(report: Report, maxBytes = MAX_BYTES): string {
  const ending = endingText(report);
  const warnings = [...(ending === undefined ? [] : [ending]), ...report.problems];
  const lines = [
    `# ${face(report)}: ${report.trials.map(({ title }) => escapeMarkdown(title)).join(", ") || "no trial"}`,
    "",
    ...warnings.map((warning) => `> ⚠ ${escapeMarkdown(warning)}\n`),
    ...report.trials.flatMap(trialLines),
    ...repeatLines(report),
  ];
  return cutToBytes(lines, maxBytes, "*Cut here: the rest is in report.html and report.json.*");
}

function face({ verdict }: Pick<Report, "verdict">): string {
  return `${VERDICT_FACES[verdict].sign} ${VERDICT_FACES[verdict].word}`;
}

function trialLines(trial: TrialReport): string[] {
  const open = worstFirst(trial.findings.filter(({ verdict }) => verdict !== "pass"));
  return [
    `## ${face(trial)}: ${escapeMarkdown(trial.title)}`,
    "",
    `**${escapeMarkdown(trial.headline)}**`,
    "",
    ...(trial.reason === undefined ? [] : [escapeMarkdown(trial.reason), ""]),
    `${countText(trial.findings)}, in ${formatDuration(trial.durationMs)}.`,
    "",
    ...(open.length > 0 ? [...table(["verdict", "claim", "where", "what was seen"], open.map(findingRow)), ""] : []),
    ...numberLines(trial),
    ...(trial.limits.length > 0 ? ["What a pass does not mean:", ""] : []),
    ...trial.limits.map((limit) => `- ${escapeMarkdown(limit)}`),
    "",
  ];
}

function findingRow(finding: Finding): string[] {
  const settle = finding.settle === undefined ? "" : `. To settle it: ${finding.settle}`;
  return [
    face(finding),
    escapeMarkdown(finding.statement),
    escapeMarkdown(scopeText(finding.scope)),
    escapeMarkdown(finding.detail.replace(/\.$/, "") + settle),
  ];
}

function numberLines({ summaries }: TrialReport): string[] {
  if (summaries.length === 0) return [];
  const rows = mainSummaries(summaries, MOST_SUMMARIES).map((summary) => numberRow(summary).map(escapeMarkdown));
  const left = summaries.length - rows.length;
  return [...table([...NUMBER_COLUMNS], rows), "", ...(left > 0 ? [`${left} more series are in the report.`, ""] : [])];
}

function repeatLines(report: Report): string[] {
  const began = formatInstant(report.startedAt);
  return [
    `Run ${code(report.runId)} of ${escapeMarkdown(began)}, seed ${code(report.seed)}, seatrial ${code(report.seatrialVersion)}. Repeat it:`,
    "",
    fenced(report.command),
    "",
  ];
}
