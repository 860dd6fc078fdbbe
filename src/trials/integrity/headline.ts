import { formatQuantity } from "../../core/quantity.ts";
import type { Finding, Summary } from "../../core/report.ts";
import { countedFaults } from "./words.ts";

/** One or two sentences: what was acknowledged, what it went through, and what became of it. */
export function headlineOfIntegrity(findings: readonly Finding[], summaries: readonly Summary[]): string {
  const amount = formatQuantity(total(summaries, "acknowledged"), "bytes");
  const through = throughText(summaries);
  const failed = findings.find(({ verdict }) => verdict === "fail");
  if (failed) return `${damageText(summaries)}${amount} acknowledged${through}. First: ${firstOf(failed)}.`;
  if (total(summaries, "acknowledged") === 0)
    return `Nothing was acknowledged, so nothing can be said.${openText(findings)}`;
  const isKept = findings.some(({ claim, verdict }) => KEEPING.includes(claim) && verdict === "pass");
  if (!isKept) return `Acknowledged ${amount}${through}; whether it was kept could not be judged.`;
  return `Kept all of the ${amount} that it acknowledged${through}${inFlightText(summaries)}.${openText(findings)}`;
}

const KEEPING: readonly string[] = ["integrity.acknowledged", "integrity.fio-verify"];

/** The first place that a finding tells, without the count before it and the further places behind it. */
function firstOf({ detail }: Finding): string {
  return (
    detail
      .replace(/^\d+ blocks?: /, "")
      .split("; ")[0]
      ?.replace(/\.$/, "") ?? detail
  );
}

function of(summaries: readonly Summary[], name: string): Summary[] {
  return summaries.filter(({ metric }) => metric === `integrity.${name}`);
}

function total(summaries: readonly Summary[], name: string): number {
  return of(summaries, name).reduce((sum, { mean, count }) => sum + (mean.value ?? 0) * count, 0);
}

function throughText(summaries: readonly Summary[]): string {
  const counts = of(summaries, "return-time").map(({ labels, count }): [string, number] => [
    labels["fault"] ?? "fault",
    count,
  ]);
  const text = countedFaults(counts);
  return text === "" ? "" : `, through ${text}`;
}

function inFlightText(summaries: readonly Summary[]): string {
  const slots = Math.round(total(summaries, "uncertain-slots"));
  if (of(summaries, "uncertain-slots").length === 0) return "";
  return `; ${slots} ${slots === 1 ? "write was" : "writes were"} in flight and could go either way`;
}

/** "12 blocks were wrong (11 lost-write, 1 torn)", by the worst reading of each kind. */
function damageText(summaries: readonly Summary[]): string {
  const kinds = of(summaries, "damaged-blocks").map(({ labels, max }): [string, number] => [
    labels["damage"] ?? "",
    max ?? 0,
  ]);
  const blocks = kinds.reduce((sum, [, most]) => sum + most, 0);
  if (blocks === 0) return "Broke its word, with ";
  const parts = kinds
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, most]) => `${most.toLocaleString("en-US")} ${kind}`);
  return `${blocks.toLocaleString("en-US")} ${blocks === 1 ? "block was" : "blocks were"} wrong (${parts.join(", ")}), of `;
}

function openText(findings: readonly Finding[]): string {
  const open = findings.filter(({ verdict }) => verdict === "inconclusive" || verdict === "errored").length;
  if (open > 0) return ` ${open} ${open === 1 ? "claim" : "claims"} could not be judged.`;
  return findings.length === 0 ? " No claim was judged." : "";
}
