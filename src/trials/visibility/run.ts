import { AgentGone, TaskFailure } from "../../core/agent.ts";
import { type Completed, SubjectFailure } from "../../core/history.ts";
import { createAbandonment } from "./abandonment.ts";
import type { SampleOp, ScenarioOp, VisibilityOp } from "./model.ts";
import { mountOf } from "./mount.ts";
import { NOTES } from "./notes.ts";
import { environmentName } from "./plan.ts";
import { buildRig, proveShared, type Rig, type VisibilityContext } from "./rig.ts";
import { sampleName } from "./reading.ts";
import { runScenario } from "./run-scenario.ts";
import { takeSample } from "./take-sample.ts";

/** Random pauses before each change: long enough to cover a clock tick of the kernel's, short enough for hundreds of samples a second. */
const GAP_NS = { least: 50_000, most: 1_000_000 };

/** How often a waiting person is told, in operations. */
const PROGRESS_EVERY = 50;

export async function runVisibility(context: VisibilityContext): Promise<void> {
  const rig = await buildRig(context);
  await proveShared(context, rig);
  await noteFacts(context, rig);
  const faults = context.startFaults();
  await takeSamples(context, rig);
  await faults;
  await runScenarios(context, rig);
  await noteClocks(context, rig);
}

/** What every side says of the mount it sees; decides what the mount promises. */
async function noteFacts(context: VisibilityContext, rig: Rig): Promise<void> {
  for (const { name, side } of rig.sides) {
    const mountinfo = await side.agent.call<string>("files.mounts", null);
    context.recorder.note(NOTES.mount, {
      side: name,
      directory: side.directory,
      ...mountOf(mountinfo, side.directory),
    });
  }
  await noteClocks(context, rig);
}

async function noteClocks(context: VisibilityContext, rig: Rig): Promise<void> {
  for (const { name, side } of rig.sides) {
    await side.agent.syncClock();
    const { kernel, arch, nodeVersion, nativeMissing } = side.agent.facts;
    context.recorder.note(NOTES.clock, {
      side: name,
      kernel,
      arch,
      nodeVersion,
      nativeMissing,
      relation: side.agent.clock,
    });
  }
}

async function takeSamples(context: VisibilityContext, rig: Rig): Promise<void> {
  const { cells, rounds } = context.plan.steps;
  const order = context.random.fork("order");
  const gaps = context.random.fork("gaps");
  const abandonment = createAbandonment();
  const startedNs = context.clock.nowNs();
  const deadlineNs = startedNs + context.options.maxDurationMs * 1e6;
  const total = cells.length * rounds;
  let number = 0;
  for (let round = 0; round < rounds; round++) {
    for (const cell of order.fork(`round ${round}`).shuffled(cells)) {
      if (abandonment.has(cell)) continue;
      if (context.clock.nowNs() > deadlineNs) {
        context.recorder.note(NOTES.truncated, { rounds, roundsTaken: round, samples: number });
        return;
      }
      const environment = order.pick(rig.environmentsOf(cell.direction));
      const op: SampleOp = { type: "sample", cell, environment: environmentName(environment), number };
      const request = {
        pair: rig.pair(cell.direction, environment),
        op,
        name: sampleName(number),
        gapNs: GAP_NS.least + gaps.below(GAP_NS.most - GAP_NS.least),
      };
      const completed = await attempt(context, op, (signal) =>
        takeSample(request, context.options, context.clock, signal),
      );
      const reason = abandonment.consider(cell, completed);
      if (reason) context.recorder.note(NOTES.abandoned, { cell, reason });
      number++;
      if (number % PROGRESS_EVERY === 0)
        context.progress(round * cells.length + (number % cells.length), total, `${number} samples`);
    }
  }
}

async function runScenarios(context: VisibilityContext, rig: Rig): Promise<void> {
  const { scenarios } = context.plan.steps;
  for (const [index, planned] of scenarios.entries()) {
    context.progress(index, scenarios.length, planned.scenario);
    const op: ScenarioOp = { type: "scenario", ...planned, environment: environmentName(0) };
    await attempt(context, op, (signal) =>
      runScenario({ context, pair: rig.pair(planned.direction, 0), op, index, signal }),
    );
  }
}

/**
 * Records one operation. A task that failed is the subject's refusal; an agent that has gone ends the trial, after the operation
 * was recorded as unknown.
 */
async function attempt<Op extends VisibilityOp>(
  context: VisibilityContext,
  op: Op,
  work: (signal: AbortSignal) => Promise<Op>,
): Promise<Completed<VisibilityOp>> {
  let lost: AgentGone | undefined;
  const completed = await context.recorder.operation(op.environment, op, async (signal) => {
    try {
      return await work(signal);
    } catch (error) {
      if (error instanceof AgentGone) lost = error;
      if (error instanceof TaskFailure) throw new SubjectFailure(error.message);
      throw error;
    }
  });
  if (lost) throw lost;
  context.signal.throwIfAborted();
  return completed;
}
