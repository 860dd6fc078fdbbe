import type { Agent } from "../../core/agent.ts";
import { integrityError } from "./errors.ts";
import { fileOfGeneration, nextGeneration } from "./fio/generation.ts";
import type { FioJob } from "./fio/job.ts";
import { judgeFio } from "./fio/judge.ts";
import type { FioFacts } from "./fio/probe.ts";
import type { FioOp, FioResult } from "./model.ts";
import { CONTAINERS } from "./plan.ts";
import { SESSION_NOTES } from "./oracle/session-log.ts";
import { agentWhenUp, attempt, type IntegrityContext } from "./storage.ts";

/** What fio is and how it writes here. */
export const FIO_NOTE = "integrity.fio";

/** Transfers in flight unless the options say, where the way of writing can have more than one. */
const QUEUE_DEPTH = 8;

/** A storage that refuses is given so much time before it is tried again. */
const REFUSED_PAUSE_MS = 200;

/** Where fio has got to. */
interface FioState {
  agent: Agent;
  facts: FioFacts;
  epoch: number;
  /** The last write job begun, and the last that came to a good end: what fio was refused it was not promised. */
  generation: number;
  written: number;
}

/**
 * fio writes two files in turn, one generation after another, and verifies each. After a crash it verifies the last
 * generation that came to its end: one that was under way lies in the other file, for fio cannot judge a mixture.
 */
export async function runWithFio(context: IntegrityContext, startClock: () => () => boolean): Promise<void> {
  const agent = await agentWhenUp(context, CONTAINERS.writer, 0);
  const state: FioState = {
    agent,
    facts: await prepareFio(context, agent),
    epoch: 0,
    generation: 0,
    written: 0,
  };
  const isOver = startClock();
  for (;;) {
    state.epoch++;
    context.recorder.note(SESSION_NOTES.began, { epoch: state.epoch, container: CONTAINERS.writer });
    if (await writeAndVerify(context, state, isOver)) return;
    state.agent = await agentWhenUp(context, CONTAINERS.writer, context.options.downMs);
  }
}

/** False when the agent was gone before the end. */
async function writeAndVerify(context: IntegrityContext, state: FioState, isOver: () => boolean): Promise<boolean> {
  if (state.written > 0 && (await runJob(context, state, "verify")) === "gone") return false;
  while (!isOver() || state.generation === 0) {
    state.generation = nextGeneration(state.generation, state.written);
    const end = await runJob(context, state, "write");
    if (end === "gone") return false;
    if (end === "bad") await context.clock.sleep(REFUSED_PAUSE_MS, context.signal);
    else state.written = state.generation;
    if (state.written > 0 && (await runJob(context, state, "verify")) === "gone") return false;
  }
  return true;
}

async function runJob(context: IntegrityContext, state: FioState, job: FioOp["job"]): Promise<"gone" | "bad" | "good"> {
  const generation = job === "write" ? state.generation : state.written;
  const op: FioOp = { type: "fio", epoch: state.epoch, job, generation };
  const attempted = await attempt(context, "fio", op, async (signal) => {
    const result = await state.agent.call<FioResult>("integrity.fio", jobOf(context, op, state.facts), { signal });
    return { ...op, result };
  });
  if (attempted.gone) return "gone";
  const { result } = attempted.op;
  return result && judgeFio(result).verdict === "good" ? "good" : "bad";
}

async function prepareFio(context: IntegrityContext, agent: Agent): Promise<FioFacts> {
  const { directory } = context.plan.steps;
  const { signal } = context;
  await agent.call("integrity.make-directory", { directory }, { signal });
  const facts = await agent.call<FioFacts>("integrity.fio-probe", { directory }, { signal });
  if (context.options.direct === "on" && !facts.direct)
    throw integrityError(
      "INTEGRITY_DIRECT_REFUSED",
      `fio ${facts.version} writes to ${directory} through the page cache only`,
    );
  context.recorder.note(FIO_NOTE, { ...facts, mode: context.options.fioMode });
  return facts;
}

function jobOf({ options, plan }: IntegrityContext, { job, generation }: FioOp, { engine, direct }: FioFacts): FioJob {
  return {
    kind: job,
    file: fileOfGeneration(plan.steps.directory, generation),
    sizeBytes: options.sizeBytes,
    blockBytes: options.blockBytes,
    generation,
    engine,
    direct: direct && options.direct !== "off",
    depth: engine === "libaio" ? (options.queueDepth ?? QUEUE_DEPTH) : 1,
    order: options.workload === "random" ? "random" : "sequential",
    mode: options.fioMode,
  };
}
