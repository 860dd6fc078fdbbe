import { messageOf, type SeatrialError } from "../core/errors.ts";
import type { Report } from "../core/report.ts";
import type { Owner } from "../core/runtime.ts";
import type { Trial } from "../core/trial.ts";
import type { Outcome } from "../store/events.ts";
import { type Ledger, openLedger } from "../store/ledger.ts";
import { openRun, type StoredRun } from "../store/reader.ts";
import { writeReport } from "../store/save-report.ts";
import { createRun, type RunWriter } from "../store/writer.ts";
import { describeFailure, engineError } from "./errors.ts";
import { hostFacts } from "./host-facts.ts";
import { judgeRun } from "./judge.ts";
import { judgeTrial, type TrialJudgement } from "./judge-trial.ts";
import type { LabParts } from "./lab-parts.ts";
import { createLabLog, type LabLog } from "./lab-log.ts";
import { requireFit } from "./preflight.ts";
import { type PreparedTrial, prepareTrials, type TrialRequest } from "./prepare.ts";
import { type RunningTrial, runTrial } from "./run-trial.ts";
import { readStory } from "./story.ts";

/** What is asked of one run. */
export interface RunRequest {
  trials: readonly TrialRequest[];
  seed: string;
  /** The command that repeats the run. */
  command: string;
}

/** A run that has ended, however it did. */
export interface RunResult {
  run: StoredRun;
  report: Report;
  /** Why something of it could not be stored. The report says as much as the folder holds. */
  storageError?: SeatrialError;
}

/** Runs trials, one after another, on one runtime. */
export interface Lab {
  /**
   * Interrupts, broken trials and full disks end in a result; what is wrong before the first trial is thrown.
   * @throws OPTIONS_INVALID, PLAN_INVALID, RUNTIME_UNFIT, RUN_FOLDER_NOT_WRITABLE, STATE_FOLDER_NOT_WRITABLE, DISK_FULL,
   *   Interrupted
   */
  run(request: RunRequest): Promise<RunResult>;
  /** What would be left behind if the process ended now, one line each. */
  pending(): string[];
}

/** A lab; it holds nothing from one run to the next. */
export function createLab(parts: LabParts): Lab {
  let current: RunningTrial | undefined;
  const run = async (request: RunRequest): Promise<RunResult> => {
    const session = await openSession(parts, request);
    for (const prepared of session.prepared) {
      if (parts.signal.aborted || session.log.storageError()) break;
      current = beginTrial(session, prepared);
      await current?.ended;
      current = undefined;
      judgeAndTell(session, prepared.trial);
    }
    return endSession(session);
  };
  return { run, pending: () => current?.pending() ?? [] };
}

/** One run from its first trial to its report. */
interface Session {
  parts: LabParts;
  prepared: readonly PreparedTrial[];
  seed: string;
  writer: RunWriter;
  owner: Owner;
  ledger: Ledger;
  /** The same folder, for reading. */
  stored: StoredRun;
  log: LabLog;
  judged: Map<string, TrialJudgement>;
}

async function openSession(parts: LabParts, request: RunRequest): Promise<Session> {
  const { runtime, faults, signal, reporter } = parts;
  const { seed } = request;
  const prepared = prepareTrials(request.trials, { seed, controls: runtime.controls, faults });
  if (prepared.some(({ lacks }) => lacks === "")) await requireFit(runtime, signal);
  const writer = createRun(parts.runsFolder, await draftManifest(parts, request, prepared));
  const { folder, manifest } = writer;
  reporter.hear({
    kind: "run-began",
    runId: manifest.runId,
    folder,
    trials: manifest.trials.map(({ id }) => id),
    seed,
  });
  const log = createLabLog(writer, parts.clock, reporter);
  const owner = { runId: manifest.runId, lab: parts.labId };
  const ledger = openLedgerOrEnd(parts.stateDir, owner, writer, log);
  return { parts, prepared, seed, writer, owner, ledger, stored: openRun(folder), log, judged: new Map() };
}

function openLedgerOrEnd(stateDir: string, owner: Owner, writer: RunWriter, log: LabLog): Ledger {
  try {
    return openLedger(stateDir, owner);
  } catch (cause) {
    const error = engineError("STATE_FOLDER_NOT_WRITABLE", `${stateDir}: ${messageOf(cause)}`, { cause });
    log.write({ kind: "run-ended", outcome: "errored", reason: describeFailure(error) });
    writer.close();
    throw error;
  }
}

async function draftManifest(parts: LabParts, { seed, command }: RunRequest, prepared: readonly PreparedTrial[]) {
  const facts = await parts.runtime.facts(parts.signal);
  return {
    kind: "run" as const,
    startedAt: parts.clock.wallTime().toISOString(),
    seed,
    command,
    versions: { seatrial: parts.seatrialVersion, node: process.version },
    host: hostFacts(),
    runtime: { id: parts.runtime.id, facts: Object.entries(facts) },
    trials: prepared.map((one) => ({ id: one.trial.id, options: one.options, plan: one.plan, command: one.command })),
  };
}

/** `undefined` when the trial is skipped, or when its folder cannot be made. */
function beginTrial(
  { parts, writer, owner, ledger, log, seed }: Session,
  prepared: PreparedTrial,
): RunningTrial | undefined {
  const { id } = prepared.trial;
  if (prepared.lacks !== "") {
    log.write({ kind: "trial-skipped", trial: id, reason: prepared.lacks });
    parts.reporter.hear({ kind: "trial-skipped", trial: id, reason: prepared.lacks });
    return undefined;
  }
  try {
    const history = writer.beginTrial(id);
    const artifacts = () => writer.artifacts(id);
    return runTrial({ prepared, parts, owner, ledger, log, history, artifacts, seed });
  } catch (error) {
    log.storageFailed(error);
    return undefined;
  }
}

function judgeAndTell({ parts, stored, judged }: Session, trial: Trial): void {
  const planned = stored.manifest.trials.find(({ id }) => id === trial.id);
  const story = readStory(stored.readLab()).trials.get(trial.id);
  if (!planned || !story) return;
  const judgement = judgeTrial(stored, planned, trial, story);
  judged.set(trial.id, judgement);
  parts.reporter.hear({ kind: "trial-judged", report: judgement.report });
}

function endSession({ parts, prepared, writer, ledger, stored, log, judged }: Session): RunResult {
  log.write({ kind: "run-ended", ...endOf(parts.signal, log.storageError()) });
  log.guard(() => ledger.close());
  log.guard(() => writer.close());
  const trials = prepared.map(({ trial }) => trial);
  const report = judgeRun(stored, trials, judged);
  log.guard(() => writeReport(stored.folder, report, parts.render?.(report)));
  parts.reporter.hear({ kind: "run-ended", report, folder: stored.folder });
  const storageError = log.storageError();
  return { run: stored, report, ...(storageError ? { storageError } : {}) };
}

function endOf(signal: AbortSignal, storageError: SeatrialError | undefined): { outcome: Outcome; reason?: string } {
  if (storageError) return { outcome: "errored", reason: describeFailure(storageError) };
  return signal.aborted ? { outcome: "interrupted", reason: messageOf(signal.reason) } : { outcome: "completed" };
}
