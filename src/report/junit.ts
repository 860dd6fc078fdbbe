import type { Finding, Report, TrialReport } from "../core/report.ts";
import type { Verdict } from "../core/verdict.ts";
import { plainText } from "./plain-text.ts";
import { endingText, scopeText } from "./verdicts.ts";

/** One row of a suite. */
interface TestCase {
  name: string;
  className: string;
  verdict: Verdict;
  message: string;
  body: string;
}

interface Suite {
  name: string;
  durationMs: number;
  cases: TestCase[];
}

/**
 * JUnit XML, one suite per trial and one test case per finding. `time` is how long the trial ran, never a measured
 * value. JUnit has no third outcome, so inconclusive is `skipped` with its reason.
 */
export function renderJUnit(report: Report): string {
  const suites = [...report.trials.map(suiteOf), ...runSuite(report)];
  const totals = counts(suites.flatMap(({ cases }) => cases));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="seatrial" ${totals} time="${seconds(report.durationMs)}">`,
    ...suites.flatMap((suite) => suiteLines(suite, report)),
    "</testsuites>",
    "",
  ].join("\n");
}

function suiteOf(trial: TrialReport): Suite {
  const cases = [...trialCase(trial), ...trial.findings.map((finding) => findingCase(trial.id, finding))];
  return { name: trial.id, durationMs: trial.durationMs, cases };
}

/** A trial that was skipped or broke must not look green because it made no claim. */
function trialCase({ id, verdict, reason, headline, findings }: TrialReport): TestCase[] {
  if (reason === undefined && findings.length > 0) return [];
  return [{ name: id, className: "seatrial.trial", verdict, message: reason ?? headline, body: headline }];
}

function findingCase(trialId: string, finding: Finding): TestCase {
  const scope = scopeText(finding.scope);
  return {
    name: scope === "" ? finding.claim : `${finding.claim} [${scope}]`,
    className: `seatrial.${trialId}`,
    verdict: finding.verdict,
    message: `${finding.verdict}: ${finding.detail}`,
    body: evidence(finding),
  };
}

function runSuite(report: Report): Suite[] {
  const message = endingText(report);
  if (message === undefined) return [];
  const broken: TestCase = { name: "run", className: "seatrial.run", verdict: "errored", message, body: message };
  return [{ name: "run", durationMs: 0, cases: [broken] }];
}

function evidence({ statement, detail, settle, events, eventCount }: Finding): string {
  const lines = [`Claim: ${statement}`, `Seen: ${detail}`];
  if (settle !== undefined) lines.push(`What would settle it: ${settle}`);
  if (eventCount > 0) lines.push(`Events: ${events.join(", ")} (${eventCount} in all)`);
  return lines.join("\n");
}

function suiteLines({ name, durationMs, cases }: Suite, report: Report): string[] {
  const head = `name=${attribute(name)} ${counts(cases)} time="${seconds(durationMs)}"`;
  return [
    `  <testsuite ${head} timestamp=${attribute(report.startedAt)}>`,
    "    <properties>",
    ...Object.entries({ run: report.runId, seed: report.seed, command: report.command }).map(
      ([key, value]) => `      <property name="${key}" value=${attribute(value)}/>`,
    ),
    "    </properties>",
    ...cases.map(caseLine),
    "  </testsuite>",
  ];
}

function caseLine({ name, className, verdict, message, body }: TestCase): string {
  const head = `    <testcase name=${attribute(name)} classname=${attribute(className)}`;
  if (verdict === "pass") return `${head}/>`;
  const element = ELEMENTS[verdict];
  return `${head}><${element} message=${attribute(message)}>${escaped(body)}</${element}></testcase>`;
}

const ELEMENTS = { fail: "failure", errored: "error", inconclusive: "skipped", skipped: "skipped" } as const;

function counts(cases: readonly TestCase[]): string {
  const count = (...verdicts: Verdict[]): number => cases.filter(({ verdict }) => verdicts.includes(verdict)).length;
  const skipped = count("inconclusive", "skipped");
  return `tests="${cases.length}" failures="${count("fail")}" errors="${count("errored")}" skipped="${skipped}"`;
}

function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3);
}

/** The characters that XML 1.0 forbids even as references are written out by `plainText`. */
function escaped(text: string): string {
  return plainText(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function attribute(text: string): string {
  return `"${escaped(text).replaceAll("\n", "&#10;").replaceAll("\t", "&#9;")}"`;
}
