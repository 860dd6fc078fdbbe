import { formatQuantity } from "../../core/quantity.ts";
import type { LabNews } from "../../engine/reporter.ts";

/** A line for news that is final; undefined for what passes, and for what the summary tells better. */
export function finalLine(news: LabNews): string | undefined {
  switch (news.kind) {
    case "run-began":
      return `run ${news.runId} with seed ${news.seed}, recorded in ${news.folder}`;
    case "trial-began": {
      const { durationMs, operations } = news.estimate;
      return `${news.title}: about ${formatQuantity(durationMs, "ms")}, at most ${count(operations)} operations`;
    }
    case "trial-skipped":
      return `${news.trial}: skipped, ${news.reason}`;
    case "fault":
      return `${news.trial}: ${news.state} ${news.description}`;
    case "problem":
      return `could not undo: ${news.what}: ${news.error}`;
    case "trial-ended":
      return news.outcome === "completed" ? undefined : `${news.trial}: ${news.outcome}, ${news.reason ?? "no reason"}`;
    default:
      return undefined;
  }
}

/** `1,350 of 3,000`. */
export function amount(done: number, total: number): string {
  return `${count(done)} of ${count(total)}`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
