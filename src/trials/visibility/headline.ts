import { formatQuantity } from "../../core/quantity.ts";
import type { Finding, Summary } from "../../core/report.ts";

const isLabelled = (summary: Summary, metric: string, labels: Record<string, string>): boolean =>
  summary.metric === metric &&
  Object.keys(summary.labels).length === Object.keys(labels).length &&
  Object.entries(labels).every(([key, value]) => summary.labels[key] === value);

/** One sentence: how long, how sure, how far above the floor, and what is wrong. */
export function headlineOfVisibility(findings: readonly Finding[], summaries: readonly Summary[]): string {
  const overall = summaries.find((summary) => isLabelled(summary, "visibility.latency", { operation: "all" }));
  if (!overall || overall.count === 0) return "Nothing was measured.";
  const { p50, p99 } = overall;
  const shown = (value: number | null) =>
    value === null ? `more than ${formatQuantity(overall.censoredAbove ?? 0, "ms")}` : formatQuantity(value, "ms");
  const interval =
    p50.low === null || p50.high === null
      ? ""
      : ` [${formatQuantity(p50.low, "ms")} to ${formatQuantity(p50.high, "ms")}]`;
  const floor = floorText(summaries);
  const never = overall.censored > 0 ? `; ${overall.censored} of ${overall.count} were never seen` : "";
  return `Half of ${overall.count} changes were seen within ${shown(p50.value)}${interval}, 99 % within ${shown(p99.value)}${floor}${never}. ${problemsText(findings)}`;
}

function floorText(summaries: readonly Summary[]): string {
  const floors = summaries.flatMap(({ metric, labels, p50 }) =>
    metric === "visibility.floor" && labels["state"] === "polling" && p50.value !== null ? [p50.value] : [],
  );
  return floors.length === 0
    ? ""
    : ` (detection floor ${formatQuantity(Math.min(...floors), "ms")} to ${formatQuantity(Math.max(...floors), "ms")})`;
}

function problemsText(findings: readonly Finding[]): string {
  const failed = [
    ...new Set(
      findings.filter(({ verdict }) => verdict === "fail").map(({ claim }) => claim.replace("visibility.", "")),
    ),
  ];
  if (failed.length > 0) return `Broken: ${failed.join(", ")}.`;
  const held = findings.some(({ verdict }) => verdict === "pass");
  if (!held || findings.some(({ verdict }) => verdict === "inconclusive" || verdict === "errored"))
    return "Some claims could not be judged.";
  const skipped = findings.filter(({ verdict }) => verdict === "skipped").length;
  return skipped > 0 ? `Every claim that could be tried held; ${skipped} skipped.` : "Every claim held.";
}
