import type { DriverProcess } from "../../../subject.ts";
import type { CaseContext, VolumeCase } from "../../case.ts";
import { viewOf } from "../../sight.ts";
import { visiting } from "../../visiting.ts";
import { Differs } from "./differs.ts";
import { Replay, type World } from "./replay.ts";
import { shrink } from "./shrink.ts";
import { drawSteps, type Step, tellStep } from "./steps.ts";

const STEPS_PER_KILL = 50;
/** Rounds of a random case for each kill. */
const ROUNDS_PER_KILL = 25;
const SHRINK_WITHIN_MS = 30_000;
const SHRINK_TRIES = 60;

/** What a model of a right driver tells that no single case does. */
export const randomCases: readonly VolumeCase[] = [
  {
    id: "X03",
    title: "Random calls with kills between agree with a model",
    severity: "critical",
    action:
      "Makes random calls for three volumes and kills the driver once in 50 of them, in the middle of one, and compares each answer, the mounts and the data with a model; what fails is done again on new drivers with fewer and fewer calls.",
    requirement:
      "Every answer is one that the model allows; after each crash nothing is lost, nothing is there that was not made, and what is held is mounted once.",
    reason:
      "Defects lie between the cases that somebody has thought of: a count that one order of calls gets wrong is data lost later.",
    needs: ["mounts", "process"],
    run: agreesWithModel,
  },
];

async function agreesWithModel(context: CaseContext): Promise<void> {
  const kills = Math.ceil(context.scale.rounds / ROUNDS_PER_KILL);
  const steps = drawSteps(context.random.fork("steps"), kills * STEPS_PER_KILL, STEPS_PER_KILL);
  const what = `Driver and model agree on ${steps.length} random calls and a kill in every ${STEPS_PER_KILL} of them.`;
  const failed = await differenceIn(worldOf(context, context.subject.process), steps);
  if (failed === undefined) context.check(what, true, "they agree");
  else context.check(what, false, await explain(context, steps.slice(0, failed.after), failed.difference));
}

/** Where they differ, and after how many steps. */
async function differenceIn(
  world: World,
  steps: readonly Step[],
): Promise<{ difference: string; after: number } | undefined> {
  const replay = new Replay(world);
  try {
    await replay.run(steps);
    await replay.finish();
    return undefined;
  } catch (error) {
    if (!(error instanceof Differs)) throw error;
    await replay.giveUp();
    return { difference: error.message, after: replay.done };
  }
}

function worldOf(context: CaseContext, process: DriverProcess | undefined): World {
  if (!process) throw new Error("the case kills the driver and does not say that it needs to");
  const { driver, subject, clock, signal } = context;
  const names = new Map<number, string>();
  const ids = new Map<number, string>();
  return {
    ...{ driver, process, clock, signal, mounts: viewOf(context), options: subject.options.good },
    name: (volume) => remembered(names, volume, () => context.name()),
    mountId: (id) => remembered(ids, id, () => context.mountId()),
  };
}

function remembered(map: Map<number, string>, key: number, make: () => string): string {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

/** The fewest steps that were found to fail, where the subject can be brought up anew for each try. */
async function explain(context: CaseContext, steps: readonly Step[], difference: string): Promise<string> {
  const inFull = `after ${steps.length} calls, ${difference}`;
  if (!context.subject.fresh) return inFull;
  const untilNs = context.clock.nowNs() + SHRINK_WITHIN_MS * 1e6;
  let tries = 0;
  const again = async (some: readonly Step[]) => {
    tries += 1;
    await using visit = await visiting(context);
    return (await differenceIn(worldOf(visit.context, visit.process), some))?.difference;
  };
  const shrunk = await shrink(steps, again, () => tries < SHRINK_TRIES && context.clock.nowNs() < untilNs);
  if (!shrunk) return `${inFull} (it did not come again when the calls were repeated)`;
  return `${shrunk.difference} Calls: ${shrunk.steps.map(tellStep).join("; ")}`;
}
