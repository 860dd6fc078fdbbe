import type { CaseContext, VolumeCase } from "../../case.ts";
import { Differs } from "../../restart/random/differs.ts";
import { workbench } from "../workbench.ts";
import { Rounds, type Setting } from "./rounds.ts";
import { drawRound, tellStep, type Victim } from "./steps.ts";

/** Beyond the table: what X03 asks of the socket, asked of all that a user sees. */
export const engineRandomCases: readonly VolumeCase[] = [
  {
    id: "X15",
    title: "Random work through an engine with kills between agrees with a model",
    severity: "critical",
    action:
      "Rounds of random work on three volumes: makes and removes them, starts, kills and removes containers that keep a file open and write synced marks into it, and in the middle of one call kills the driver, the engine, or what serves the mounts; then compares volumes, mounts, refusals and data with a model.",
    requirement:
      "No volume and no synced mark is lost, none comes back, mounted is what containers have, what they have is not removed and what nobody has can be; containers write on through the file that they had open when the driver was killed.",
    reason:
      "What an engine does with calls that are cut short no case at the socket shows: it tries again without a body, forgets what it mounted, or sends no Unmount.",
    needs: ["engine", "engine-process", "process", "mounts"],
    run: agreesWithModel,
  },
];

async function agreesWithModel(context: CaseContext): Promise<void> {
  const setting = settingOf(context);
  const victims: Victim[] = ["driver", "engine", ...(setting.mounter ? (["mounter"] as const) : [])];
  const count = Math.max(context.scale.engineRounds, victims.length);
  const what = `After each of ${count} rounds engine, driver, mounts and data are as the model has them.`;
  const rounds = new Rounds(setting);
  context.defer(() => rounds.giveUp());
  let told = "before the first round";
  try {
    await rounds.begin();
    for (let round = 0; round < count; round++) {
      const steps = drawRound(context.random.fork(`round ${round}`), victims[round % victims.length] ?? "driver");
      told = `round ${round + 1}: ${steps.map(tellStep).join("; ")}`;
      await rounds.run(steps);
    }
    told = "when all is removed";
    observe(context, { stayed: await rounds.finish(), cutOff: rounds.cutOff });
    context.check(what, true, "they agree");
  } catch (error) {
    if (!(error instanceof Differs)) throw error;
    context.check(what, false, `${error.message} (${told})`);
  }
}

function observe(context: CaseContext, { stayed, cutOff }: { stayed: number; cutOff: number }): void {
  if (stayed > 0)
    context.observe(`${stayed} volumes were held for calls that a kill had cut short longer than was waited`);
  if (cutOff > 0) context.observe(`${cutOff} containers could not write on when what served their mount was killed`);
}

function settingOf(context: CaseContext): Setting {
  const bench = workbench(context);
  const { process: driver, backEnd } = context.subject;
  const { process: engine } = bench.engine;
  if (!driver || !engine) throw new Error("the case kills driver and engine and does not say that it needs to");
  return { context, bench, driver, engine, mounter: backEnd?.faults.has("server-killed") ? backEnd : undefined };
}
