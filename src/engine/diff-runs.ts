import type { Diff, DiffRow, SurroundingChange, VerdictChange } from "../core/diff.ts";
import type { Random } from "../core/random.ts";
import type { FactSheet, Finding, Report } from "../core/report.ts";
import { compareSeries, type MeasuredTwice } from "./compare.ts";
import type { MeasuredTrial } from "./judge.ts";

/** A run that has been judged, with the numbers behind its summaries. */
export interface JudgedRun {
  report: Report;
  measured: readonly MeasuredTrial[];
}

/**
 * Two runs beside each other. `margin` is the share below which a change of a median is none; `random` draws the
 * resamples, so that one seed gives one answer.
 */
export function diffRuns(before: JudgedRun, after: JudgedRun, margin: number, random: Random): Diff {
  const rows = pairTrials(before.measured, after.measured).flatMap((pair) =>
    compareSeries(pair, margin, random.fork(pair.trial.id)),
  );
  return {
    before: headOf(before.report),
    after: headOf(after.report),
    margin,
    rows,
    verdicts: changedVerdicts(before.report, after.report),
    surroundings: changedFacts(before.report.environment, after.report.environment),
    cautions: [...[before.report, after.report].flatMap(unfinished), ...limitsOf(rows)],
  };
}

function headOf({ runId, startedAt, verdict }: Report): Diff["before"] {
  return { runId, startedAt, verdict };
}

function pairTrials(before: readonly MeasuredTrial[], after: readonly MeasuredTrial[]): MeasuredTwice[] {
  const trials = new Map([...after, ...before].map(({ trial }) => [trial.id, trial]));
  const seriesIn = (measured: readonly MeasuredTrial[], id: string) =>
    measured.filter(({ trial }) => trial.id === id).flatMap(({ series }) => series);
  return [...trials.values()].map((trial) => ({
    trial,
    before: seriesIn(before, trial.id),
    after: seriesIn(after, trial.id),
  }));
}

function changedVerdicts(before: Report, after: Report): VerdictChange[] {
  const pairs = pairUp(claimsOf(before), claimsOf(after));
  return pairs
    .filter(({ old, young }) => old?.finding.verdict !== young?.finding.verdict)
    .map(({ old, young, either: { trial, finding } }) => ({
      trial,
      claim: finding.claim,
      scope: finding.scope,
      ...(old && { before: old.finding.verdict }),
      ...(young && { after: young.finding.verdict }),
    }));
}

function claimsOf({ trials }: Report): Map<string, { trial: string; finding: Finding }> {
  const claims = trials.flatMap(({ id, findings }) => findings.map((finding) => ({ trial: id, finding })));
  return new Map(claims.map((one) => [JSON.stringify([one.trial, one.finding.claim, one.finding.scope]), one]));
}

function changedFacts(before: readonly FactSheet[], after: readonly FactSheet[]): SurroundingChange[] {
  return pairUp(factsOf(before), factsOf(after))
    .filter(({ old, young }) => old?.value !== young?.value)
    .map(({ old, young, either: { sheet, fact } }) => ({
      sheet,
      fact,
      ...(old && { before: old.value }),
      ...(young && { after: young.value }),
    }));
}

function factsOf(sheets: readonly FactSheet[]): Map<string, { sheet: string; fact: string; value: string }> {
  const all = sheets.flatMap(({ title, facts }) => facts.map(([fact, value]) => ({ sheet: title, fact, value })));
  return new Map(all.map((one) => [JSON.stringify([one.sheet, one.fact]), one]));
}

/** Entries of two maps by their common keys, those of the first map first. */
function pairUp<Entry>(
  before: ReadonlyMap<string, Entry>,
  after: ReadonlyMap<string, Entry>,
): { old: Entry | undefined; young: Entry | undefined; either: Entry }[] {
  return [...new Map([...before, ...after])].map(([key, last]) => {
    const old = before.get(key);
    return { old, young: after.get(key), either: old ?? last };
  });
}

function unfinished({ runId, ended }: Report): string[] {
  return ended === "completed" ? [] : [`${runId} was ${ended}: what is missing from it is no evidence of anything.`];
}

function limitsOf(rows: readonly DiffRow[]): string[] {
  if (rows.length === 0) return ["The runs have no series: there is nothing to compare."];
  return [
    `Each interval holds its truth 19 times in 20: of ${rows.length} rows some may mislead by chance.`,
    "The intervals know the scatter within the two runs, not how the surroundings differ from one hour to the next: repeat both in turns before you conclude.",
  ];
}
