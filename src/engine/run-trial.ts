import { setTimeout as wait } from "node:timers/promises";
import { connectAgent } from "../agent/connection.ts";
import type { Agent, AgentChannel } from "../core/agent.ts";
import type { Environment, Owner } from "../core/runtime.ts";
import { type CleanupProblem, Scope } from "../core/scope.ts";
import type { TrialContext } from "../core/trial.ts";
import type { Outcome } from "../store/events.ts";
import type { Ledger } from "../store/ledger.ts";
import { isStorageError } from "../store/storage.ts";
import type { HistoryWriter } from "../store/writer.ts";
import { describeFailure, engineError } from "./errors.ts";
import { Interrupted } from "./interrupt.ts";
import type { LabParts } from "./lab-parts.ts";
import type { LabLog } from "./lab-log.ts";
import { createNemesis, type Nemesis } from "./nemesis.ts";
import { type PreparedTrial, trialRandom } from "./prepare.ts";
import { createRecorder } from "./recorder.ts";
import { makeWorkdir, placeInRun, placeInWorkdir } from "./workdir.ts";

/** A trial may take this many times as long as it thought, and ten minutes more. */
const DEADLINE_FACTOR = 5;
const DEADLINE_EXTRA_MS = 600_000;

const PROGRESS_INTERVAL_NS = 50e6;

/** One trial of one run, and all that it needs from outside. */
export interface TrialJob {
  prepared: PreparedTrial;
  parts: LabParts;
  log: LabLog;
  owner: Owner;
  ledger: Ledger;
  seed: string;
  history: HistoryWriter;
  /** The trial's directory for what is too large for its history. */
  artifacts(): string;
}

/** A trial under way. */
export interface RunningTrial {
  /** Resolves after the clean-up, whatever happened; rejects on defects of the engine only. */
  readonly ended: Promise<Outcome>;
  /** What would be left behind if the lab ended now. */
  pending(): string[];
}

/** What one trial holds while it runs. */
interface Stage {
  scope: Scope;
  history: HistoryWriter;
  signal: AbortSignal;
  nemesis: Nemesis | undefined;
}

/** Opens the trial's environments, runs it, records it, heals and cleans up. */
export function runTrial(job: TrialJob): RunningTrial {
  const stop = new AbortController();
  const stage: Stage = {
    scope: new Scope(job.parts.cleanupBudgetMs),
    history: stoppingOnFailure(job, stop),
    signal: AbortSignal.any([job.parts.signal, stop.signal]),
    nemesis: undefined,
  };
  return {
    ended: runOnStage(job, stage, stop),
    pending: () => [...(stage.nemesis?.pending() ?? []), ...stage.scope.pending()],
  };
}

async function runOnStage(job: TrialJob, stage: Stage, stop: AbortController): Promise<Outcome> {
  const { prepared, parts, log } = job;
  const { id, title } = prepared.trial;
  log.write({ kind: "trial-began", trial: id });
  parts.reporter.hear({ kind: "trial-began", trial: id, title, estimate: prepared.plan.estimate });

  let failure = await performInTime(job, stage, stop);
  parts.reporter.hear({ kind: "step", trial: id, step: "cleaning up" });
  const unhealed = (await stage.nemesis?.healAll()) ?? [];
  failure ??= stage.nemesis?.failure() ?? unhealedFailure(unhealed);
  for (const problem of [...unhealed, ...(await stage.scope.close())]) log.problem(problem, id);
  log.guard(() => job.history.close());

  const { outcome, reason } = outcomeOf(failure);
  log.write({ kind: "trial-ended", trial: id, outcome, events: job.history.count, ...reason });
  parts.reporter.hear({ kind: "trial-ended", trial: id, outcome, ...reason, ...(failure ? { error: failure } : {}) });
  return outcome;
}

/** What ended the trial early, or `undefined`. */
async function performInTime(job: TrialJob, stage: Stage, stop: AbortController): Promise<unknown> {
  const { estimate } = job.prepared.plan;
  const deadlineMs = estimate.durationMs * DEADLINE_FACTOR + DEADLINE_EXTRA_MS;
  const over = new AbortController();
  const late = () =>
    stop.abort(engineError("TRIAL_TIMED_OUT", `it was still running after ${Math.round(deadlineMs / 1000)} s`));
  job.parts.clock.sleep(deadlineMs, over.signal).then(late, () => {});
  try {
    await settledSoonAfter(stage.signal, job.parts.stopGraceMs, perform(job, stage), over.signal);
    stage.signal.throwIfAborted();
    return undefined;
  } catch (error) {
    return stage.signal.aborted ? stage.signal.reason : error;
  } finally {
    over.abort();
  }
}

/** The work's end, or the signal's reason when the work does not end soon after an abort. */
async function settledSoonAfter(
  signal: AbortSignal,
  graceMs: number,
  work: Promise<void>,
  over: AbortSignal,
): Promise<void> {
  const grace = new Promise<never>((_, reject) => {
    const onAbort = () => {
      wait(graceMs, undefined, { signal: over }).then(
        () => reject(signal.reason as Error),
        () => {},
      );
    };
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
  });
  await Promise.race([work, grace]);
}

async function perform(job: TrialJob, stage: Stage): Promise<void> {
  const { prepared, parts, owner, ledger, seed } = job;
  const { trial, options, plan } = prepared;
  const { history, signal, scope } = stage;
  signal.throwIfAborted();
  const workdir = makeWorkdir(scope, {
    name: `seatrial-${owner.runId}-${trial.id}`,
    parent: plan.workdirParent,
    ledger,
    owner,
  });
  const environments = await openEnvironments(job, stage, workdir);
  const nemesis = createNemesis({
    planned: plan.faults,
    kinds: parts.faults,
    environments,
    history,
    clock: parts.clock,
    signal,
    healBudgetMs: parts.cleanupBudgetMs,
    onFault: (state, fault, description) =>
      parts.reporter.hear({ kind: "fault", trial: trial.id, state, fault, description }),
  });
  stage.nemesis = nemesis;
  const onNote = (note: string) => parts.reporter.hear({ kind: "note", trial: trial.id, note });
  await trial.run({
    options,
    plan,
    clock: parts.clock,
    random: trialRandom(seed, trial.id).fork("run"),
    recorder: createRecorder({ history, clock: parts.clock, signal, onNote }),
    signal,
    workdir,
    artifacts: job.artifacts,
    progress: throttledProgress(job),
    startFaults: nemesis.start,
    holdFaults: nemesis.hold,
    ...agentsOf(job, stage, environments),
  });
}

async function openEnvironments(job: TrialJob, stage: Stage, workdir: string): Promise<Map<string, Environment>> {
  const { prepared, parts, owner } = job;
  const progress = (step: string) => parts.reporter.hear({ kind: "step", trial: prepared.trial.id, step });
  const environments = new Map<string, Environment>();
  for (const spec of prepared.plan.environments) {
    const placed = placeInRun(placeInWorkdir(spec, workdir), job.artifacts);
    const opening = parts.runtime.open(placed, {
      owner,
      originNs: parts.clock.originNs,
      signal: stage.signal,
      progress,
    });
    disposeAtEnd(stage.scope, `environment ${spec.name}`, opening);
    environments.set(spec.name, await opening);
  }
  return environments;
}

type AgentSources = Pick<TrialContext<unknown, unknown>, "agent" | "hostAgent">;

function agentsOf(
  { parts }: TrialJob,
  { scope, signal }: Stage,
  environments: ReadonlyMap<string, Environment>,
): AgentSources {
  const connect = (what: string, channel: Promise<AgentChannel>): Promise<Agent> => {
    const agent = channel.then((stream) => connectAgent(stream, { clock: parts.clock, signal }));
    disposeAtEnd(scope, what, agent);
    return agent;
  };
  return {
    agent: async (environmentName, containerName) => {
      const environment = environments.get(environmentName);
      if (!environment) throw new RangeError(`the plan has no environment ${environmentName}`);
      const channel = environment.container(containerName).startAgent(signal);
      return connect(`agent in ${environmentName}/${containerName}`, channel);
    },
    hostAgent: async () => connect("agent on this machine", Promise.resolve(parts.startHostAgent())),
  };
}

/** Registered before it is there, so that what arrives after the end is disposed of too. */
function disposeAtEnd(scope: Scope, what: string, arriving: Promise<AsyncDisposable>): void {
  const settled = arriving.catch(() => undefined);
  scope.defer(what, async () => (await settled)?.[Symbol.asyncDispose]());
}

/** A disk that cannot be written ends the trial even where it catches every error. */
function stoppingOnFailure({ history, log }: TrialJob, stop: AbortController): HistoryWriter {
  return {
    write: (timeNs, body) => {
      try {
        return history.write(timeNs, body);
      } catch (error) {
        if (isStorageError(error)) {
          log.storageFailed(error);
          stop.abort(error);
        }
        throw error;
      }
    },
    get count() {
      return history.count;
    },
    close: () => history.close(),
  };
}

function throttledProgress({ parts, prepared }: TrialJob): TrialContext<unknown, unknown>["progress"] {
  let toldNs = Number.NEGATIVE_INFINITY;
  return (done, total, detail) => {
    const nowNs = parts.clock.nowNs();
    if (done < total && nowNs - toldNs < PROGRESS_INTERVAL_NS) return;
    toldNs = nowNs;
    parts.reporter.hear({ kind: "progress", trial: prepared.trial.id, done, total, detail });
  };
}

function unhealedFailure(problems: readonly CleanupProblem[]): unknown {
  const [first] = problems;
  return first && engineError("FAULT_FAILED", `could not ${first.what}: ${first.error}`);
}

function outcomeOf(failure: unknown): { outcome: Outcome; reason?: { reason: string } } {
  if (failure === undefined) return { outcome: "completed" };
  if (failure instanceof Interrupted) return { outcome: "interrupted", reason: { reason: failure.message } };
  return { outcome: "errored", reason: { reason: describeFailure(failure) } };
}
