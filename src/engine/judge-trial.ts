import { z } from "zod";
import { messageOf } from "../core/errors.ts";
import type { PlannedFault } from "../core/fault.ts";
import type { Fold, HistoryEvent } from "../core/history.ts";
import type { Series } from "../core/metric.ts";
import type { Chart, FactSheet, Finding, Summary, TrialReport } from "../core/report.ts";
import { reportSchema } from "../core/report-schema.ts";
import type { JudgeContext, Trial } from "../core/trial.ts";
import { mergeVerdicts, type Verdict } from "../core/verdict.ts";
import type { ManifestTrial } from "../store/manifest.ts";
import type { StoredRun } from "../store/reader.ts";
import type { TrialStory } from "./story.ts";
import { summarise } from "./summarise.ts";

/** A trial judged, and what was wrong with its record. */
export interface TrialJudgement {
  report: TrialReport;
  problems: readonly string[];
}

/** Judges one trial of a run from its folder alone. Throws nothing: what breaks is a finding. */
export function judgeTrial(
  run: StoredRun,
  planned: ManifestTrial,
  trial: Trial | undefined,
  story: TrialStory,
): TrialJudgement {
  if (!trial) return unjudged(planned.id, "errored", `this version of seatrial has no trial ${planned.id}`);
  if (story.skipped !== undefined) return unjudged(trial, "skipped", story.skipped);
  if (story.beganNs === undefined) return unjudged(trial, "inconclusive", "the run ended before this trial began");
  const options = trial.options.safeParse(planned.options);
  if (!options.success)
    return unjudged(trial, "errored", "this version of the trial does not take the options of the run");

  const context = { options: options.data, plan: planned.plan };
  const complete = story.ended?.outcome === "completed";
  let evidence = weigh(run, trial, { ...context, complete }, story);
  // What is missing from a damaged record is no evidence: its judges must know that from the first event on.
  if (complete && evidence.problems.length > 0) evidence = weigh(run, trial, { ...context, complete: false }, story);
  const report = trialReportSchema.safeParse(reportOf(trial, evidence, story));
  if (report.success) return { report: report.data, problems: evidence.problems };
  return unjudged(
    trial,
    "errored",
    `what the trial made breaks the schema of reports: ${z.prettifyError(report.error)}`,
  );
}

const trialReportSchema = reportSchema.shape.trials.element;

/** The series of one trial as `judgeTrial` sees them, for comparing runs. Empty where there is no whole record. */
export function measureTrial(run: StoredRun, planned: ManifestTrial, trial: Trial): Series[] {
  const options = trial.options.safeParse(planned.options);
  if (!options.success) return [];
  const fold = guarded<Series[]>([], () =>
    trial.measure({ options: options.data, plan: planned.plan, complete: true }),
  );
  for (const event of run.readHistory(trial.id, trial.operation)) fold.see(event);
  return fold.finish();
}

/** All that one pass over a history gives. */
interface Evidence {
  findings: Finding[];
  summaries: Summary[];
  charts: Chart[];
  facts: FactSheet[];
  problems: readonly string[];
  lastNs: number;
}

function weigh(run: StoredRun, trial: Trial, context: JudgeContext<unknown>, story: TrialStory): Evidence {
  const checkers = trial.checkers.map((checker) => guarded<Finding[]>([], () => checker.begin(context), checker.id));
  const measure = guarded<Series[]>([], () => trial.measure(context), "measure");
  const charts = guarded<Chart[]>([], () => trial.charts(context), "charts");
  const facts = guarded<FactSheet[]>([], () => trial.facts(context), "facts");
  const tally = createTally();
  const folds = [...checkers, measure, charts, facts, tally];

  const reading = run.readHistory(trial.id, trial.operation);
  for (const event of reading) for (const fold of folds) fold.see(event);
  const problems = [...reading.problems];
  const expected = story.ended?.events;
  if (expected !== undefined && problems.length === 0 && reading.count !== expected)
    problems.push(`${trial.id}: the history holds ${reading.count} events of ${expected}`);

  const found = checkers.flatMap((checker) => checker.finish());
  const summaries = guardedCall<Summary[]>([], () => summariesOf(trial, measure.finish()), "summaries");
  const evidence = {
    summaries: summaries.result,
    charts: charts.finish(),
    facts: facts.finish(),
    problems,
    lastNs: tally.lastNs(),
  };
  const broken = [...checkers, measure, charts, facts, summaries].flatMap((part) => part.broken() ?? []);
  const own = labFindings({ story, problems, broken, context, ...tally.finish() });
  return { ...evidence, findings: [...found, ...own] };
}

function summariesOf(trial: Trial, series: readonly Series[]): Summary[] {
  const units = new Map(trial.metrics.map(({ id, unit }) => [id, unit]));
  return series.map((one) => {
    const unit = units.get(one.metric);
    if (!unit) throw new Error(`the trial declares no metric ${one.metric}`);
    return summarise(one, unit);
  });
}

/** What counts for every trial, whatever it asks. */
interface LabEvidence {
  story: TrialStory;
  problems: readonly string[];
  broken: readonly string[];
  context: JudgeContext<unknown>;
  answered: number;
  injected: number;
  /** The injected faults during which no operation ran that ended. */
  unmet: readonly PlannedFault[];
}

/** The lab's own claims; only those that do not hold are told, so that they can never make a pass. */
function labFindings({ story, problems, broken, context, ...tally }: LabEvidence): Finding[] {
  const findings: Finding[] = [];
  const add = (claim: string, statement: string, verdict: Verdict, detail: string, settle?: string) =>
    findings.push({
      claim,
      statement,
      verdict,
      detail,
      scope: {},
      events: [],
      eventCount: 0,
      ...(settle ? { settle } : {}),
    });
  const again = "Run the trial again.";
  const mended = "Mend what broke, then run the trial again.";
  const { ended } = story;
  if (!ended)
    add("lab.ended", "The trial ran to its end.", "inconclusive", "The lab died before the trial had ended.", again);
  else if (ended.outcome === "errored")
    add("lab.ended", "The trial ran to its end.", "errored", ended.reason ?? "It broke.", mended);
  else if (ended.outcome === "interrupted")
    add("lab.ended", "The trial ran to its end.", "inconclusive", ended.reason ?? "It was interrupted.", again);
  if (problems.length > 0)
    add("lab.recorded", "The record of the trial is whole.", "inconclusive", problems.join("\n"), again);
  if (tally.answered === 0)
    add("lab.measured", "At least one operation ended with a known outcome.", "inconclusive", "None did.");
  const planned = context.plan.faults.length;
  if (tally.injected < planned)
    add(
      "lab.faults",
      "Every planned fault was injected.",
      "inconclusive",
      `${tally.injected} of ${planned} were.`,
      again,
    );
  findings.push(...tally.unmet.map(unmetFinding));
  if (broken.length > 0) add("lab.judged", "Every judge came to its end.", "errored", broken.join("\n"));
  return findings;
}

function unmetFinding({ id, kind }: PlannedFault): Finding {
  return {
    claim: "lab.faults",
    statement: "Every injected fault met an operation.",
    verdict: "inconclusive",
    detail: `No operation was under way while ${id} (${kind}) lasted and came to an end.`,
    scope: { fault: id },
    events: [],
    eventCount: 0,
    settle: "Plan the fault for when operations run, or run more of them.",
  };
}

function createTally() {
  let answered = 0;
  let injected = 0;
  let lastNs = 0;
  let lastEndNs = Number.NEGATIVE_INFINITY;
  /** By its id, each fault that has met no operation yet, and the index of its healing. */
  const unmet = new Map<string, { fault: PlannedFault; healedIndex: number }>();
  // A frozen container answers only once it is thawed: what counts is that the operation began before the healing.
  const operationEnded = (invokeIndex: number) => {
    for (const [id, { healedIndex }] of unmet) if (invokeIndex < healedIndex) unmet.delete(id);
  };
  return {
    see: (event: HistoryEvent) => {
      lastNs = event.timeNs;
      if (event.kind === "ok" || event.kind === "fail") answered++;
      if ("invokeIndex" in event) {
        operationEnded(event.invokeIndex);
        lastEndNs = event.timeNs;
      }
      if (event.kind === "fault-injected") {
        injected++;
        // A kill ends what is under way before it is known to have been done.
        if (lastEndNs < (event.begunNs ?? event.timeNs))
          unmet.set(event.fault.id, { fault: event.fault, healedIndex: Number.POSITIVE_INFINITY });
      }
      if (event.kind === "fault-healed" && unmet.has(event.fault.id))
        unmet.set(event.fault.id, { fault: event.fault, healedIndex: event.index });
    },
    finish: () => ({ answered, injected, unmet: [...unmet.values()].map(({ fault }) => fault) }),
    lastNs: () => lastNs,
  };
}

/** A fold that cannot break the judging of the others: after its first error it is silent and says why. */
interface GuardedFold<Result> extends Fold<HistoryEvent, Result> {
  broken(): string | undefined;
}

function guarded<Result>(
  fallback: Result,
  begin: () => Fold<HistoryEvent, Result>,
  name = "judge",
): GuardedFold<Result> {
  let broken: string | undefined;
  const attempt = <T>(work: () => T): T | undefined => {
    if (broken !== undefined) return undefined;
    try {
      return work();
    } catch (error) {
      broken = `${name}: ${messageOf(error)}`;
      return undefined;
    }
  };
  const fold = attempt(begin);
  return {
    see: (event) => attempt(() => fold?.see(event)),
    finish: () => attempt(() => fold?.finish()) ?? fallback,
    broken: () => broken,
  };
}

function guardedCall<Result>(fallback: Result, work: () => Result, name: string) {
  const fold = guarded(fallback, () => ({ see: () => {}, finish: work }), name);
  return { result: fold.finish(), broken: fold.broken };
}

function reportOf(trial: Trial, evidence: Evidence, story: TrialStory): TrialReport {
  const { findings, summaries, charts, facts, lastNs } = evidence;
  const beganNs = story.beganNs ?? 0;
  const endedNs = story.ended?.timeNs ?? Math.max(lastNs, beganNs);
  const verdict = mergeVerdicts(findings.map((finding) => finding.verdict));
  const headline = guardedCall("", () => trial.headline(findings, summaries), "headline").result;
  return {
    ...identityOf(trial),
    verdict,
    headline: headline || `The trial is ${verdict}.`,
    findings,
    summaries,
    charts,
    facts,
    ...(story.ended?.reason === undefined ? {} : { reason: story.ended.reason }),
    startedNs: beganNs,
    durationMs: (endedNs - beganNs) / 1e6,
  };
}

function unjudged(trial: Trial | string, verdict: Verdict, reason: string): TrialJudgement {
  const nothing = { findings: [], summaries: [], charts: [], facts: [], startedNs: 0, durationMs: 0 };
  const headline = `${verdict[0]?.toUpperCase()}${verdict.slice(1)}: ${reason}.`;
  return { report: { ...identityOf(trial), verdict, headline, reason, ...nothing }, problems: [] };
}

function identityOf(trial: Trial | string): Pick<TrialReport, "id" | "title" | "question" | "limits" | "metrics"> {
  if (typeof trial === "string") return { id: trial, title: trial, question: "", limits: [], metrics: [] };
  const { id, title, question, limits, metrics } = trial;
  return { id, title, question, limits: [...limits], metrics: [...metrics] };
}
