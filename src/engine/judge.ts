import type { Series } from "../core/metric.ts";
import { type FactSheet, REPORT_SCHEMA_VERSION, type Report } from "../core/report.ts";
import { reportSchema } from "../core/report-schema.ts";
import type { Trial } from "../core/trial.ts";
import { mergeVerdicts, type Verdict } from "../core/verdict.ts";
import type { Manifest } from "../store/manifest.ts";
import type { StoredRun } from "../store/reader.ts";
import { judgeTrial, measureTrial, type TrialJudgement } from "./judge-trial.ts";
import { type RunStory, readStory } from "./story.ts";

/**
 * The report of a run, from its folder alone: no clock, no machine, no path goes in, so that the end of a run and every
 * later judging give the same bytes. Throws nothing for a damaged record; a run that was not completed, or whose record
 * is not whole, is never a pass. `judged` spares trials that were judged before from the same folder.
 */
export function judgeRun(
  run: StoredRun,
  trials: readonly Trial[],
  judged: ReadonlyMap<string, TrialJudgement> = new Map(),
): Report {
  const story = readStory(run.readLab());
  const judgements = run.manifest.trials.map((planned) => {
    const trial = trials.find(({ id }) => id === planned.id);
    return judged.get(planned.id) ?? judgeTrial(run, planned, trial, story.trials.get(planned.id) ?? {});
  });
  const { manifest } = run;
  const report: Report = {
    schemaVersion: REPORT_SCHEMA_VERSION,
    runId: manifest.runId,
    seatrialVersion: manifest.versions.seatrial,
    startedAt: manifest.startedAt,
    durationMs: story.lastNs / 1e6,
    verdict: mergeVerdicts([...judgements.map((one) => one.report.verdict), ...runVerdicts(story)]),
    seed: manifest.seed,
    command: manifest.command,
    ended: story.ended?.outcome ?? "unfinished",
    problems: [...story.damage, ...judgements.flatMap(({ problems }) => problems), ...endOf(story), ...story.leftovers],
    environment: environmentOf(manifest),
    trials: judgements.map((one) => one.report),
  };
  // In the schema's order of keys, so that equal reports are equal bytes whoever writes them.
  return reportSchema.parse(report);
}

/** What one trial measured in a run, for comparing it with another. */
export interface MeasuredTrial {
  trial: Trial;
  series: Series[];
}

/** The series of all trials of a run that are known here. */
export function measureRun(run: StoredRun, trials: readonly Trial[]): MeasuredTrial[] {
  return run.manifest.trials.flatMap((planned) => {
    const trial = trials.find(({ id }) => id === planned.id);
    return trial ? [{ trial, series: measureTrial(run, planned, trial) }] : [];
  });
}

/** What the way it ended adds to the verdicts of the trials. */
function runVerdicts({ ended, damage }: RunStory): Verdict[] {
  const whole = ended?.outcome === "completed" && damage.length === 0;
  return [...(whole ? [] : ["inconclusive" as const]), ...(ended?.outcome === "errored" ? ["errored" as const] : [])];
}

function endOf({ ended }: RunStory): string[] {
  if (!ended) return ["the lab died before the run had ended"];
  return ended.outcome === "errored" && ended.reason !== undefined ? [ended.reason] : [];
}

function environmentOf({ host, runtime, source }: Manifest): FactSheet[] {
  const sheets: FactSheet[] = [
    { title: "Machine", facts: host },
    { title: "Runtime", facts: [["runtime", runtime.id], ...runtime.facts] },
  ];
  if (!source) return sheets;
  const facts: [string, string][] = [
    ["kind", source.importer],
    ["file", source.file],
    ["sha256", source.sha256],
  ];
  return [...sheets, { title: "Imported from", facts }];
}
