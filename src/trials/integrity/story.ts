import type { PlannedFault } from "../../core/fault.ts";
import type { Fold, HistoryEvent } from "../../core/history.ts";
import type { WeightedValues } from "../../core/metric.ts";
import type { JudgeContext } from "../../core/trial.ts";
import { type ClassSum, createClassSum } from "../../statistics/weighted.ts";
import type { FioFacts } from "./fio/probe.ts";
import type {
  FioOp,
  IntegrityOp,
  PrepareOp,
  ReadPath,
  Session,
  VerifyOp,
  VerifyResult,
  Workload,
  WriteOp,
} from "./model.ts";
import type { IntegrityOptions } from "./options.ts";
import { createSchedule } from "./oracle/schedule.ts";
import { SESSION_NOTES, type SessionBegan, SessionLog, type SyncSucceeded } from "./oracle/session-log.ts";
import type { IntegritySteps } from "./plan.ts";
import { FIO_NOTE } from "./run-fio.ts";

export type IntegrityJudgeContext = JudgeContext<IntegrityOptions, IntegritySteps>;
export type IntegrityFold<Result> = Fold<HistoryEvent<IntegrityOp>, Result>;

/** From the call to the end of an operation; an operation without an end lasts to the end of the record. */
export interface Timed {
  startNs: number;
  endNs: number;
}

/** A stretch of writing. Without `bytes` nobody knows how much of it was written. */
export interface Stretch extends Timed {
  bytes?: number;
  /** Calls that failed. */
  failures: number;
}

/** One time that everything was read back. Without a result it came to no end. */
export interface Reading extends Timed {
  op: VerifyOp;
  result?: VerifyResult;
  reason?: string;
}

/** One job of fio. */
export interface FioJobStory extends Timed {
  op: FioOp;
}

/** A fault from its injection to its healing. One that cannot be healed is a moment. */
export interface FaultStory extends Timed {
  fault: PlannedFault;
  /** What it says that it did. */
  data?: unknown;
}

/** One writer's time. */
export interface SessionStory {
  epoch: number;
  beganNs: number;
  /** Its writer was gone before the end of what it was asked for. */
  isCrashed: boolean;
  /** Of its own steps and bytes: those handed out, and those that a sync had covered. */
  issuedSteps: number;
  acknowledgedSteps: number;
  issuedBytes: number;
  acknowledgedBytes: number;
}

/** What is timed call by call. */
export type Timing = "write" | "sync" | `read ${ReadPath}`;

/** What happened, as figures, charts and facts need it. */
export interface Story {
  prepared?: PrepareOp["result"];
  fio?: FioFacts;
  sessions: SessionStory[];
  stretches: Stretch[];
  readings: Reading[];
  jobs: FioJobStory[];
  faults: FaultStory[];
  /** Nanoseconds. */
  latencies: Map<Timing, WeightedValues>;
  endNs: number;
}

/** Faults that end the writer. */
const CRASH_KINDS: readonly string[] = ["crash", "kill", "power-cut"];

/** Whether a fault ends the writer: only then is something unknown. */
export function isCrash({ fault }: FaultStory): boolean {
  return CRASH_KINDS.includes(fault.kind);
}

/** For each crash the first reading after it that came to its end. */
export function readingsAfterCrash({ sessions, readings }: Story): Reading[] {
  return sessions.flatMap(({ epoch, isCrashed }) => {
    const first = readings.find(({ op, result }) => op.epoch === epoch && result !== undefined);
    return isCrashed && first ? [first] : [];
  });
}

function emptyStory(): Story {
  return { sessions: [], stretches: [], readings: [], jobs: [], faults: [], latencies: new Map(), endNs: 0 };
}

/** Folds the events into what happened. */
export function createStory({ options, plan }: IntegrityJudgeContext): IntegrityFold<Story> {
  const log = new SessionLog(plan.steps.workload);
  const timings = new Map<Timing, ClassSum>();
  const open = new Map<number, HistoryEvent<IntegrityOp> & { kind: "invoke" }>();
  const began: number[] = [];
  const lastSync = new Map<number, TimedSync>();
  const bytesBefore = options.engine === "fio" ? () => 0 : stepBytes(plan.steps.workload);
  const crashed = new Set<number>();
  const story = emptyStory();

  const time = (timing: Timing, values: WeightedValues) => {
    const sum = timings.get(timing) ?? createClassSum();
    timings.set(timing, sum);
    sum.add(values);
  };
  const end = (op: IntegrityOp, timed: Timed, reason?: string) => {
    if (op.type === "prepare" && op.result) story.prepared = op.result;
    if (op.type === "fio") story.jobs.push({ ...timed, op });
    if (op.type === "write") {
      story.stretches.push(...stretchesOf(op, timed, lastSync.get(op.worker), bytesBefore));
      if (op.result) time("write", op.result.writeNs);
      if (op.result) time("sync", op.result.syncNs);
    }
    if (op.type === "verify") {
      const { result } = op;
      story.readings.push({ ...timed, op, ...(result && { result }), ...(reason !== undefined && { reason }) });
      if (result) time(`read ${op.path}`, result.readNs);
    }
  };
  const seeNote = (note: string, data: unknown, timeNs: number) => {
    if (note === SESSION_NOTES.began) began[(data as SessionBegan).epoch - 1] = timeNs;
    if (note === SESSION_NOTES.synced)
      lastSync.set((data as SyncSucceeded).worker, { ...(data as SyncSucceeded), timeNs });
    if (note === FIO_NOTE) story.fio = data as FioFacts;
  };
  return {
    see: (event) => {
      log.see(event);
      story.endNs = event.timeNs;
      if (event.kind === "note") seeNote(event.note, event.data, event.timeNs);
      else if (event.kind === "invoke") open.set(event.index, event);
      else if (event.kind === "fault-injected" || event.kind === "fault-healed") seeFault(story.faults, event);
      else {
        const startNs = open.get(event.invokeIndex)?.timeNs ?? event.timeNs;
        open.delete(event.invokeIndex);
        if (event.kind === "unknown" && "epoch" in event.op && event.op.type !== "verify") crashed.add(event.op.epoch);
        end(event.op, { startNs, endNs: event.timeNs }, event.reason);
      }
    },
    finish: () => {
      for (const { op, timeNs } of open.values())
        end(op, { startNs: timeNs, endNs: story.endNs }, "the record ends before it");
      for (const fault of story.faults) if (fault.endNs === Infinity) fault.endNs = story.endNs;
      for (const [timing, sum] of timings) story.latencies.set(timing, sum.sum());
      story.sessions = sessionsOf(log.promised().sessions, bytesBefore).map((session, i) => ({
        ...session,
        beganNs: began[i] ?? 0,
        isCrashed: crashed.has(session.epoch),
      }));
      return story;
    },
  };
}

type TimedSync = SyncSucceeded & { timeNs: number };

/** Of a stretch that came to no end, its syncs tell how much was written until the last of them. */
function stretchesOf(
  { result, worker, from }: WriteOp,
  timed: Timed,
  sync: TimedSync | undefined,
  bytesBefore: StepBytes,
): Stretch[] {
  if (result) return [{ ...timed, bytes: result.writtenBytes, failures: result.failureCount }];
  if (!sync || sync.synced <= from) return [{ ...timed, failures: 0 }];
  const bytes = bytesBefore(worker, sync.synced) - bytesBefore(worker, from);
  return [
    { startNs: timed.startNs, endNs: sync.timeNs, bytes, failures: 0 },
    { startNs: sync.timeNs, endNs: timed.endNs, failures: 0 },
  ];
}

function seeFault(
  faults: FaultStory[],
  event: Extract<HistoryEvent, { kind: "fault-injected" | "fault-healed" }>,
): void {
  const { fault, timeNs } = event;
  const lasts = fault.durationMs > 0 ? Infinity : timeNs;
  if (event.kind === "fault-injected") faults.push({ fault, startNs: event.begunNs ?? timeNs, endNs: lasts });
  else {
    const healed = faults.findLast((one) => one.fault.id === fault.id);
    if (healed) Object.assign(healed, { endNs: timeNs, ...(event.data === undefined ? {} : { data: event.data }) });
  }
}

/** How many bytes one worker's first steps write. */
type StepBytes = (worker: number, steps: number) => number;

function stepBytes(workload: Workload): StepBytes {
  const schedules = Array.from({ length: workload.workers }, (_, worker) => createSchedule(workload, worker));
  return (worker, steps) => {
    const schedule = schedules[worker];
    if (!schedule) return 0;
    return schedule.lanes.reduce((sum, lane) => sum + schedule.turnsBefore(lane, steps) * lane.region.slotBytes, 0);
  };
}

type Amounts = Omit<SessionStory, "beganNs" | "isCrashed">;

function sessionsOf(sessions: readonly Session[], bytesBefore: StepBytes): Amounts[] {
  return sessions.map(({ epoch, workers }, i) => {
    const amounts = { epoch, issuedSteps: 0, acknowledgedSteps: 0, issuedBytes: 0, acknowledgedBytes: 0 };
    for (const [worker, { issued, synced, doomed }] of workers.entries()) {
      const from = sessions[i - 1]?.workers[worker]?.issued ?? 0;
      const add = (sign: 1 | -1, low: number, high: number): void => {
        if (high <= low) return;
        amounts.acknowledgedSteps += sign * (high - low);
        amounts.acknowledgedBytes += sign * (bytesBefore(worker, high) - bytesBefore(worker, low));
      };
      amounts.issuedSteps += issued - from;
      amounts.issuedBytes += bytesBefore(worker, issued) - bytesBefore(worker, from);
      add(1, from, synced);
      for (const [low, high] of doomed) add(-1, Math.max(low, from), Math.min(high, synced));
    }
    return amounts;
  });
}
