import type { Summary } from "../core/report.ts";
import { formatCensored, formatCount, formatMax, formatQuantile } from "./format.ts";
import { plainLine } from "./plain-text.ts";
import { scopeText } from "./verdicts.ts";

/** The columns of the short table of numbers that the terminal and Markdown share. */
export const NUMBER_COLUMNS = ["series", "n", "> T", "median", "p95", "p99", "max"] as const;

/** One row under `NUMBER_COLUMNS`. */
export function numberRow(summary: Summary): string[] {
  return [
    seriesName(summary),
    formatCount(summary.count),
    formatCensored(summary),
    formatQuantile(summary, "p50"),
    formatQuantile(summary, "p95"),
    formatQuantile(summary, "p99"),
    formatMax(summary),
  ];
}

/** A metric with its labels on one line. */
export function seriesName({ metric, labels }: Pick<Summary, "metric" | "labels">): string {
  const scope = scopeText(labels);
  return plainLine(scope === "" ? metric : `${metric} (${scope})`);
}

/** At most `limit` summaries in their order: those of the whole or of one part; any, where there are no such. */
export function mainSummaries(summaries: readonly Summary[], limit: number): Summary[] {
  const broad = summaries.filter(({ labels }) => Object.keys(labels).length <= 1);
  return (broad.length > 0 ? broad : summaries).slice(0, limit);
}
