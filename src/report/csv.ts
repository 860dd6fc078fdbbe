import type { Estimate, Report, Summary } from "../core/report.ts";
import { plainLine } from "./plain-text.ts";

const COUNTS = ["count", "censored", "censoredAbove", "min", "max", "standardDeviation"] as const;
const ESTIMATES = ["mean", "p50", "p90", "p95", "p99"] as const;
const ENDS: readonly (keyof Estimate)[] = ["value", "low", "high"];

/** All summaries as CSV (RFC 4180), values in the unit of the row; a cell is empty where there is no number. */
export function renderCsv(report: Report): string {
  const names = [
    ...new Set(report.trials.flatMap(({ summaries }) => summaries.flatMap(({ labels }) => Object.keys(labels)))),
  ];
  const header = [
    "trial",
    "metric",
    "unit",
    ...names.map((name) => `label.${name}`),
    ...COUNTS,
    ...ESTIMATES.flatMap((name) => ENDS.map((end) => (end === "value" ? name : `${name}.${end}`))),
  ];
  const rows = report.trials.flatMap(({ id, summaries }) => summaries.map((summary) => rowOf(id, summary, names)));
  return [header, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function rowOf(trial: string, summary: Summary, names: readonly string[]): Cell[] {
  return [
    trial,
    summary.metric,
    summary.unit,
    ...names.map((name) => summary.labels[name] ?? null),
    ...COUNTS.map((name) => summary[name] ?? null),
    ...ESTIMATES.flatMap((name) => ENDS.map((end) => summary[name][end])),
  ];
}

type Cell = string | number | null;

/** A text that begins like a formula gets a leading apostrophe, since spreadsheets would run it (OWASP, CSV injection). */
function cell(value: Cell): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = plainLine(value);
  return `"${(/^[=+\-@]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}
