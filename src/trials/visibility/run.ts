import { attempt } from "./attempt.ts";
import type { ScenarioOp } from "./model.ts";
import { mountOf } from "./mount.ts";
import { NOTES } from "./notes.ts";
import { environmentName } from "./plan.ts";
import { buildRig, proveShared, type Rig, type VisibilityContext } from "./rig.ts";
import { runScenario } from "./run-scenario.ts";
import { takeSamples } from "./take-samples.ts";

/** Proves that both sides share a directory, notes what it is, then takes the samples under the planned faults. */
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
    const mount = mountOf(await side.agent.call<string>("files.mounts", null), side.directory);
    if (mount) context.recorder.note(NOTES.mount, { side: name, directory: side.directory, ...mount });
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

async function runScenarios(context: VisibilityContext, rig: Rig): Promise<void> {
  const { scenarios } = context.plan.steps;
  for (const [index, planned] of scenarios.entries()) {
    context.progress(index, scenarios.length, planned.scenario);
    await rig.syncClocks();
    const op: ScenarioOp = { type: "scenario", ...planned, environment: environmentName(0) };
    await attempt(context, op, (signal) =>
      runScenario({ context, pair: rig.pair(planned.direction, 0), op, index, signal }),
    );
  }
}
