import type { Agent } from "../../core/agent.ts";
import type { FioFacts } from "./fio/probe.ts";
import type { FioJob } from "./fio/job.ts";
import type { FioOp, FioResult } from "./model.ts";
import { CONTAINERS } from "./plan.ts";
import { SESSION_NOTES } from "./oracle/session-log.ts";
import { agentWhenUp, attempt, type IntegrityContext } from "./storage.ts";

/** What fio is and how it writes here. */
export const FIO_NOTE = "integrity.fio";

/** Transfers in flight, where the way of writing can have more than one. */
const DEPTH = 8;

/** Where fio has got to. */
interface FioState {
  agent: Agent;
  facts: FioFacts;
  epoch: number;
  /** The last write job begun, and the last that ended. */
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
  if (state.written > 0 && !(await runJob(context, state, "verify"))) return false;
  while (!isOver() || state.written === 0) {
    state.generation++;
    if (!(await runJob(context, state, "write"))) return false;
    state.written = state.generation;
    if (!(await runJob(context, state, "verify"))) return false;
  }
  return true;
}

async function runJob(context: IntegrityContext, state: FioState, job: FioOp["job"]): Promise<boolean> {
  const generation = job === "write" ? state.generation : state.written;
  const op: FioOp = { type: "fio", epoch: state.epoch, job, generation };
  const attempted = await attempt(context, "fio", op, async (signal) => {
    const result = await state.agent.call<FioResult>("integrity.fio", jobOf(context, op, state.facts), { signal });
    return { ...op, result };
  });
  return !attempted.gone;
}

async function prepareFio(context: IntegrityContext, agent: Agent): Promise<FioFacts> {
  const { directory } = context.plan.steps;
  const { signal } = context;
  await agent.call("integrity.make-directory", { directory }, { signal });
  const facts = await agent.call<FioFacts>("integrity.fio-probe", { directory }, { signal });
  context.recorder.note(FIO_NOTE, { ...facts, mode: context.options.fioMode });
  return facts;
}

function jobOf({ options, plan }: IntegrityContext, { job, generation }: FioOp, { engine, direct }: FioFacts): FioJob {
  return {
    kind: job,
    file: `${plan.steps.directory}/fio-${generation % 2}.data`,
    sizeBytes: options.sizeBytes,
    blockBytes: options.blockBytes,
    generation,
    engine,
    direct: direct && options.direct !== "off",
    depth: engine === "libaio" ? DEPTH : 1,
    order: options.workload === "random" ? "random" : "sequential",
    mode: options.fioMode,
  };
}
