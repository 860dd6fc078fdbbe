import { type Agent, TaskFailure } from "../../core/agent.ts";
import { integrityError } from "./errors.ts";
import type { PrepareOp, Promised, ReadPath, VerifyOp, VerifyResult } from "./model.ts";
import { SESSION_NOTES, SessionLog } from "./oracle/session-log.ts";
import { CONTAINERS } from "./plan.ts";
import { runWithFio } from "./run-fio.ts";
import { agentWhenUp, attempt, type IntegrityContext } from "./storage.ts";
import { writeLoad } from "./write-load.ts";

/** Tries the storage with our own blocks or with fio. */
export async function runIntegrity(context: IntegrityContext): Promise<void> {
  if (context.options.engine === "fio") await runWithFio(context, () => startClock(context));
  else await runWithBlocks(context);
  await leaveVolume(context);
}

/** Writes through the planned faults; after each crash everything is read back before anything is written again. */
async function runWithBlocks(context: IntegrityContext): Promise<void> {
  const { workload } = context.plan.steps;
  const log = new SessionLog(workload);
  let agent = await agentWhenUp(context, CONTAINERS.writer, 0);
  const { direct, paths } = await prepare(context, agent);
  const isOver = startClock(context);
  const readPath: ReadPath = direct ? "direct" : "buffered";
  for (;;) {
    begin(context, log);
    if ((await writeLoad({ context, agent, log, direct, isOver })) === "over") break;
    agent = await recover(context, log, readPath);
  }
  await readBack(context, log, agent, paths);
}

/** A volume outlives the run, what the run wrote into it does not; one that refuses even that keeps it. */
async function leaveVolume(context: IntegrityContext): Promise<void> {
  const { options, plan, recorder, signal } = context;
  if (options.volume === undefined) return;
  const { directory } = plan.steps;
  const agent = await agentWhenUp(context, CONTAINERS.writer, options.downMs);
  try {
    await agent.call("integrity.remove-directory", { directory }, { signal });
  } catch (error) {
    if (!(error instanceof TaskFailure)) throw error;
    recorder.note("integrity.left-behind", { directory, reason: error.message });
  }
}

/** Nothing more is to be written once the time is up and every fault is healed. */
function startClock({ clock, options, startFaults }: IntegrityContext): () => boolean {
  const endNs = clock.nowNs() + options.durationMs * 1e6;
  let isHealed = false;
  const healed = () => {
    isHealed = true;
  };
  // A fault that failed ends the trial by the engine's hand; here it only means that there is nothing to wait for.
  void startFaults().then(healed, healed);
  return () => isHealed && clock.nowNs() >= endNs;
}

interface Ways {
  /** Whether it is written past the page cache. */
  direct: boolean;
  /** All by which it can be read, past the page cache first. */
  paths: readonly [ReadPath, ...ReadPath[]];
}

/** Makes the files, and finds out whether the page cache can be gone past. @throws INTEGRITY_DIRECT_REFUSED, INTEGRITY_QUEUE */
async function prepare(context: IntegrityContext, agent: Agent): Promise<Ways> {
  const { workload, directory } = context.plan.steps;
  const { direct } = context.options;
  const op: PrepareOp = { type: "prepare" };
  const attempted = await attempt(context, "lab", op, async (signal) => {
    await agent.call("integrity.make-directory", { directory }, { signal });
    const input = { directory, workload };
    return {
      ...op,
      result: await agent.call<NonNullable<PrepareOp["result"]>>("integrity.prepare", input, { signal }),
    };
  });
  if (attempted.gone || attempted.op.result === undefined) throw new Error("the files to write could not be made");
  const { directIo, queueRefused } = attempted.op.result;
  if (direct === "on" && "refused" in directIo) throw integrityError("INTEGRITY_DIRECT_REFUSED", directIo.refused);
  if (queueRefused !== undefined) throw integrityError("INTEGRITY_QUEUE", queueRefused);
  if (workload.queueDepth !== undefined && "refused" in directIo)
    throw integrityError("INTEGRITY_QUEUE", `the file system refuses O_DIRECT: ${directIo.refused}`);
  const canPass = "granuleBytes" in directIo;
  return { direct: direct !== "off" && canPass, paths: canPass ? ["direct", "buffered"] : ["buffered"] };
}

function begin({ recorder }: IntegrityContext, log: SessionLog): void {
  log.begin();
  recorder.note(SESSION_NOTES.began, { epoch: log.epoch, container: CONTAINERS.writer });
}

/** Waits for the container, and reads everything back until that once came to its end. */
async function recover(context: IntegrityContext, log: SessionLog, path: ReadPath): Promise<Agent> {
  const letFaultsGoOn = context.holdFaults();
  try {
    for (;;) {
      const agent = await agentWhenUp(context, CONTAINERS.writer, context.options.downMs);
      if (await verify(context, { agent, log, path, container: CONTAINERS.writer, settle: true })) return agent;
    }
  } finally {
    letFaultsGoOn();
  }
}

/**
 * Everything once more when it is over: by both paths, and by another container. Past the page cache also what was
 * written through it: the cache would show what the disk never got.
 */
async function readBack(context: IntegrityContext, log: SessionLog, agent: Agent, paths: Ways["paths"]): Promise<void> {
  const container = CONTAINERS.writer;
  for (const path of paths) await verify(context, { agent, log, path, container, settle: false });
  if (!context.options.secondReader) return;
  const reader = await agentWhenUp(context, CONTAINERS.reader, context.options.downMs);
  await verify(context, { agent: reader, log, path: paths[0], container: CONTAINERS.reader, settle: false });
}

interface Verification {
  agent: Agent;
  log: SessionLog;
  path: ReadPath;
  container: string;
  /** Make what is there durable first, and hold the storage to it from then on. */
  settle: boolean;
}

/** Reads everything back; false when the agent was gone before the end. */
async function verify(
  context: IntegrityContext,
  { agent, log, path, container, settle }: Verification,
): Promise<boolean> {
  const { directory } = context.plan.steps;
  const op: VerifyOp = { type: "verify", epoch: log.epoch, path, container };
  const promised: Promised = log.promised();
  const onEvent = (event: unknown) => {
    const { doneBytes, totalBytes } = event as { doneBytes: number; totalBytes: number };
    context.progress(doneBytes, totalBytes, `reading back (${container}, ${path})`);
  };
  const attempted = await attempt(context, "verifier", op, async (signal) => {
    const input = { directory, promised, path, settle };
    return { ...op, result: await agent.call<VerifyResult>("integrity.verify", input, { signal, onEvent }) };
  });
  if (attempted.gone) return false;
  log.settle(attempted.op.result?.settled ?? []);
  return true;
}
