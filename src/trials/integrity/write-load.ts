import type { Agent } from "../../core/agent.ts";
import type { WriteOp, WriteResult } from "./model.ts";
import { SESSION_NOTES, type SessionLog, type SyncSucceeded } from "./oracle/session-log.ts";
import { attempt, type IntegrityContext } from "./storage.ts";

/** One writer at work: its agent, what it is told, and what it has promised so far. */
export interface WritingSession {
  context: IntegrityContext;
  agent: Agent;
  log: SessionLog;
  /** Past the page cache. */
  direct: boolean;
  /** Whether there is nothing more to write for. */
  isOver(): boolean;
}

/** How writing came to its end. */
export type LoadEnd = "over" | "crashed";

/** Stretches aim at this long: short enough that few steps are in flight at a crash, long enough to cost nothing. */
const STRETCH_MS = 100;
const FIRST_STRETCH_STEPS = 4;
const MOST_STRETCH_STEPS = 65_536;
/** After a call that failed, a storage that is down gets so much time before it is tried again. */
const REFUSED_PAUSE_MS = 200;

/** All workers write until there is nothing to write for, or until the agent is gone. */
export async function writeLoad(session: WritingSession): Promise<LoadEnd> {
  const { workers } = session.context.plan.steps.workload;
  const ends = await Promise.all(Array.from({ length: workers }, (_, worker) => writeAsWorker(session, worker)));
  return ends.includes("crashed") ? "crashed" : "over";
}

async function writeAsWorker(session: WritingSession, worker: number): Promise<LoadEnd> {
  const { context, log } = session;
  let steps = firstStretch(session);
  while (!session.isOver()) {
    context.signal.throwIfAborted();
    const from = log.nextStep(worker);
    const op: WriteOp = { type: "write", epoch: log.epoch, worker, from, to: from + steps };
    log.issue(op);
    const attempted = await attempt(context, `worker-${worker}`, op, (signal) => write(session, op, signal));
    if (attempted.gone) return "crashed";
    const { result } = attempted.op;
    log.end(attempted.op);
    if (!result || result.failureCount > 0) await context.clock.sleep(REFUSED_PAUSE_MS, context.signal);
    else steps = nextStretch(result, steps);
  }
  return "over";
}

async function write({ context, agent, log, direct }: WritingSession, op: WriteOp, signal: AbortSignal) {
  const { workload, directory } = context.plan.steps;
  const { rateBytesPerSecond, backlog, syncEvery } = context.options;
  const input = {
    directory,
    workload,
    direct,
    epoch: op.epoch,
    worker: op.worker,
    from: op.from,
    to: op.to,
    ...(backlog === 0 ? {} : { backlog: { slots: backlog, everySteps: syncEvery } }),
    ...(rateBytesPerSecond === undefined ? {} : { rateBytesPerSecond: rateBytesPerSecond / workload.workers }),
  };
  const onEvent = (event: unknown) => {
    const { worker, synced } = event as SyncSucceeded;
    log.sync({ worker, synced });
    context.recorder.note(SESSION_NOTES.synced, { epoch: op.epoch, worker, synced });
  };
  const result = await agent.call<WriteResult>("integrity.write", input, { signal, onEvent });
  return { ...op, result };
}

/** A few steps, but no more than the rate allows for one stretch. */
function firstStretch({ context }: WritingSession): number {
  const { rateBytesPerSecond = Infinity } = context.options;
  const { workers, regions } = context.plan.steps.workload;
  const largestBytes = Math.max(...regions.map(({ slotBytes }) => slotBytes));
  const allowed = Math.floor(((rateBytesPerSecond / workers) * STRETCH_MS) / 1000 / largestBytes);
  return Math.max(1, Math.min(FIRST_STRETCH_STEPS, allowed));
}

/** So many steps as should take `STRETCH_MS`, at most twice as many as before. */
function nextStretch({ durationNs }: WriteResult, steps: number): number {
  const fitting = Math.round((steps * STRETCH_MS * 1e6) / Math.max(1, durationNs));
  return Math.max(1, Math.min(fitting, 2 * steps, MOST_STRETCH_STEPS));
}
