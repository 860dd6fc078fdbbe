import type { Finding } from "../../core/report.ts";

/** How many cases hold, and the worst that does not. */
export function headlineOfVolume(findings: readonly Finding[]): string {
  const cases = findings.filter(({ claim }) => /^volume\.[A-Z]\d\d$/.test(claim));
  const count = (verdict: Finding["verdict"]) => cases.filter((finding) => finding.verdict === verdict).length;
  const [held, failed] = [count("pass"), count("fail")];
  const known = cases.filter(({ scope }) => scope["known"] !== undefined).length;
  if (held + failed + known === 0) return untried(cases);
  const worst = cases.find(({ verdict }) => verdict === "fail");
  const first = held === cases.length ? allHold(held) : `${held} of ${cases.length} cases hold`;
  const parts = [
    ...(worst
      ? [`${failed} ${failed === 1 ? "fails" : "fail, the worst"}: ${worst.statement.replace(/\.$/, "")}`]
      : []),
    ...(known > 0 ? [`${known} ${known === 1 ? "fails" : "fail"} as ${known === 1 ? "is" : "are"} known`] : []),
    ...(count("skipped") > known ? [`${count("skipped") - known} could not be tried here`] : []),
    ...openText(count("errored") + count("inconclusive")),
  ];
  return `${[first, ...parts].join("; ")}.`;
}

const allHold = (count: number) => (count === 1 ? "The case holds" : `All ${count} cases hold`);

function untried(cases: readonly Finding[]): string {
  const [first] = cases;
  if (!first) return "No case was tried.";
  const isForOneReason = cases.every(({ verdict, detail }) => verdict === "skipped" && detail === first.detail);
  return isForOneReason ? `No case could be tried: ${first.detail}` : "No case came to an end that could be judged.";
}

function openText(count: number): string[] {
  return count > 0 ? [`${count} could not be judged`] : [];
}
