import type { EngineProcess } from "../../subject.ts";
import type { CaseContext, VolumeCase } from "../case.ts";
import { breakBackEnd } from "../trouble.ts";
import { comesTrue } from "../waiting.ts";
import {
  at,
  checkRan,
  checkRemoved,
  demanded,
  driverMounts,
  hasOptions,
  IDLE,
  isSame,
  type Workbench,
  workbench,
} from "./workbench.ts";

const GONE_WITHIN_MS = 5000;

/** Engines that end and come back. */
export const engineCrashCases: readonly VolumeCase[] = [
  {
    id: "X09",
    title: "The engine is killed under a running container",
    severity: "high",
    action: "Kills the engine, starts it, starts the container again, removes it and removes the volume.",
    requirement: "The container starts with its data, nothing stays mounted, and the volume can be removed.",
    reason:
      "A killed engine sends no Unmount, and mounts again with the ID that it had: a driver that counts this twice keeps the volume for ever (for-linux#404).",
    needs: ["engine", "engine-process"],
    run: survivesKill,
  },
  {
    id: "X10",
    title: "The engine is started anew while containers live on",
    severity: "high",
    action: "With live-restore, starts the engine anew under a running container, copies a file in, and removes both.",
    requirement: "The container keeps its data all the time, and the volume can be removed in the end.",
    reason:
      "After live-restore a 20.10 engine has forgotten what it mounted: a docker cp mounts and unmounts with the container's ID, and the removal of the container sends no Unmount at all.",
    needs: ["engine", "engine-process"],
    run: survivesLiveRestore,
  },
  {
    id: "X11",
    title: "The engine starts while the back end is away",
    severity: "critical",
    action:
      "Makes a volume with a label, breaks the back end, starts the engine anew, heals the back end and inspects.",
    requirement: "The volume is there with its options and its label, and its data.",
    reason:
      "A starting engine asks Get for every volume that it knows; an error means to it that there is none, and it drops labels and options for good (rclone#9231).",
    needs: ["engine", "engine-process", "back-end"],
    run: survivesOutage,
  },
  {
    id: "X12",
    title: "A managed driver is disabled under a running container",
    severity: "high",
    action:
      "Disables the driver by force while a container uses a volume, enables it, ends the container, starts another.",
    requirement: "The container keeps its data, its end is no error, and a new container finds the data.",
    reason:
      "Disabling unmounts all that a managed driver has mounted, and the Unmount of the old container arrives at a driver that knows nothing of it.",
    needs: ["engine"],
    run: survivesDisabling,
  },
];

async function survivesKill(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  const process = processOf(bench);
  const name = await bench.volume();
  const before = await driverMounts(context);
  const container = await bench.start(`echo x >>/v/starts; ${IDLE}`, [at(name)]);
  await process.kill();
  await process.start();
  await demanded(context, "The container starts again after the engine was killed.", container.start());
  const seen = await container.run("sleep 0.1; cat /v/starts");
  checkRan(context, "It has the data of its first start.", seen, "x\nx\n");
  await container.remove();
  await checkFreed(context, bench, name, before);
}

async function survivesLiveRestore(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  const process = processOf(bench);
  const name = await bench.volume();
  // The volume and the container go before the engine is as it was.
  const before = await driverMounts(context);
  await restart(process, true);
  context.defer(() => restart(process, false));
  const container = await bench.start(`echo x >/v/own; ${IDLE}`, [at(name)]);
  await restart(process, true);
  context.demand("The container lives on.", await container.isRunning(), "it ended");
  await demanded(context, "A file is copied into its volume.", container.copyIn("/v", "in", "copied"));
  const inside = await container.run("cat /v/own /v/in && echo more >>/v/own");
  checkRan(context, "It has its data, and what was copied in, and goes on writing.", inside, "x\ncopied");
  const beside = await bench.run("cat /v/own", [at(name)]);
  checkRan(context, "Another container has the same.", beside, "x\nmore\n");
  await container.remove();
  await checkFreed(context, bench, name, before);
}

async function survivesOutage(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  const { engine } = bench;
  const process = processOf(bench);
  const { good: options } = context.subject.options;
  const name = bench.unmade();
  const labels = { "seatrial.case": "X11" };
  await demanded(context, "The engine makes a volume.", engine.createVolume({ name, options, labels }));
  checkRan(context, "A container writes to it.", await bench.run("echo kept >/v/file", [at(name)]));
  const heal = await breakBackEnd(context, "away");
  await restart(process, false);
  await heal();
  const told = await engine.volume(name);
  context.check("The volume is there afterwards.", told !== undefined, told ? told.driver : "no such volume");
  const isAsMade = hasOptions(name, told?.options, options) && isSame(told?.labels ?? {}, labels);
  const seen = JSON.stringify([told?.options, told?.labels]);
  context.check("It has its options and its label.", isAsMade, seen);
  checkRan(context, "It has its data.", await bench.run("cat /v/file", [at(name)]), "kept\n");
}

async function survivesDisabling(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  const { engine } = bench;
  if (!(await engine.plugin())) return context.skip("it is not a managed driver: nobody can disable it");
  const name = await bench.volume();
  const container = await bench.start(`echo x >/v/own; ${IDLE}`, [at(name)]);
  await demanded(context, "The driver is disabled.", engine.turnPlugin("off"));
  const during = await container.run("cat /v/own && echo more >>/v/own");
  const isKept = checkRan(context, "The container keeps its data while there is no driver.", during, "x\n");
  await demanded(context, "The driver is enabled.", engine.turnPlugin("on"));
  await demanded(context, "The container ends without an error.", container.stop());
  await demanded(context, "The container is removed without an error.", container.remove());
  checkRan(
    context,
    "A new container finds the data.",
    await bench.run("cat /v/own", [at(name)]),
    isKept ? "x\nmore\n" : "x\n",
  );
  await checkRemoved(context, bench, name);
}

async function checkFreed(
  context: CaseContext,
  bench: Workbench,
  name: string,
  before: readonly string[],
): Promise<void> {
  const isFree = async () => (await driverMounts(context)).length <= before.length;
  const freed = await comesTrue(context, GONE_WITHIN_MS, isFree);
  context.check("Nothing stays mounted.", freed, freed ? "as before" : (await driverMounts(context)).join("; "));
  await checkRemoved(context, bench, name);
}

async function restart(process: EngineProcess, isLiveRestore: boolean): Promise<void> {
  await process.stop();
  await process.start({ isLiveRestore });
}

function processOf({ engine: { process } }: Workbench): EngineProcess {
  if (!process) throw new Error("the case stops the engine and does not say that it needs to");
  return process;
}
