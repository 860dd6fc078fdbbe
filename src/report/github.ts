import type { Report, TrialReport } from "../core/report.ts";
import type { Verdict } from "../core/verdict.ts";
import { plainText } from "./plain-text.ts";
import { allFindings, endingText, scopeText, VERDICT_FACES } from "./verdicts.ts";

/** More than ten of a kind in one step are dropped without a word. */
const MOST = 10;

interface Annotation {
  level: "error" | "warning";
  title: string;
  text: string;
}

/** Workflow commands that mark the ten worst findings; empty where nothing is worth a mark. */
export function renderGithubAnnotations(report: Report): string {
  const all = [...ofRun(report), ...report.trials.flatMap(ofTrial), ...ofFindings(report)];
  const shown = all.length > MOST ? [...all.slice(0, MOST - 1), more(all.length - MOST + 1)] : all;
  return shown.map(({ level, title, text }) => `::${level} title=${property(title)}::${data(text)}\n`).join("");
}

function ofRun(report: Report): Annotation[] {
  const text = endingText(report);
  return text === undefined ? [] : [{ level: "error", title: "Seatrial: not completed", text }];
}

function ofTrial({ title, verdict, reason }: TrialReport): Annotation[] {
  if (verdict !== "errored" || reason === undefined) return [];
  return [{ level: "error", title: `${title}: errored`, text: reason }];
}

function ofFindings(report: Report): Annotation[] {
  return allFindings(report).flatMap(({ trial, finding }) => {
    const level = LEVELS[finding.verdict];
    if (!level) return [];
    const scope = scopeText(finding.scope);
    const title = `${trial.title}: ${VERDICT_FACES[finding.verdict].word.toLowerCase()}, ${finding.statement}`;
    const lines = [scope, finding.detail, finding.settle].filter((line) => line !== undefined && line !== "");
    return [{ level, title, text: lines.join("\n") }];
  });
}

const LEVELS: Readonly<Partial<Record<Verdict, Annotation["level"]>>> = {
  fail: "error",
  errored: "error",
  inconclusive: "warning",
};

function more(count: number): Annotation {
  return { level: "warning", title: "Seatrial: more findings", text: `${count} more are in the report.` };
}

/** Escaping as in the toolkit's own `command.ts`: data, and in properties also the separators. */
function data(text: string): string {
  return plainText(text).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
