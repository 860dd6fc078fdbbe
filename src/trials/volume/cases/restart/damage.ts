import { volumesIn } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { checkMark, type MarkedVolume, markedVolume, mountsAt, toldMount } from "../sight.ts";
import { copyState, cutState, loseState, restoreState, spoilState } from "../state-files.ts";
import type { DriverProcess } from "../../subject.ts";
import { messageOf } from "../../../../core/errors.ts";
import { type Visit, visiting } from "../visiting.ts";
import { comesTrue } from "../waiting.ts";

const REMOVABLE_WITHIN_MS = 10_000;

/** A state that is not what the driver has written last. */
export const damageCases: readonly VolumeCase[] = [
  {
    id: "X04",
    title: "A state that is cut, spoilt, gone or old",
    severity: "high",
    action:
      "Stops a driver with one volume mounted and one not, cuts the files of its state to half, fills them with garbage, takes them away or puts older ones back, and starts it.",
    requirement:
      "It starts, says that its state is damaged, has both volumes with their data, mounts nothing twice, and both can be removed in the end.",
    reason:
      "Disks fill up and hosts lose power. The back end and the kernel's table of mounts know what there is; a driver that starts empty instead lets the engine forget all volumes, and one that does not start takes them all.",
    needs: ["mounts", "fresh"],
    run: damaged,
  },
];

type Damage = (statePath: string) => void;

async function damaged(context: CaseContext): Promise<void> {
  const kinds: [kind: string, damage: Damage][] = [
    ["cut to half", cutState],
    ["full of garbage", spoilState],
    ["gone", loseState],
  ];
  for (const [kind, damage] of kinds) {
    await using visit = await visiting(context);
    await withDamage(visit, kind, { damage, isPlain: damage !== loseState });
  }
  await using visit = await visiting(context);
  const old = copyState(visit.process.statePath);
  await withDamage(visit, "an older one", { damage: (statePath) => restoreState(statePath, old), isPlain: false });
}

/** `isPlain`: the driver cannot take it for a state of its own. */
async function withDamage(
  { context, process }: Visit,
  kind: string,
  { damage, isPlain }: { damage: Damage; isPlain: boolean },
): Promise<void> {
  const mounted = await markedVolume(context);
  const unmounted = await markedVolume(context);
  await context.unmount(unmounted.name, unmounted.id);
  const usual = linesOf(process.log());
  await process.stop();
  damage(process.statePath);
  await checkStarts(context, process, kind);
  if (isPlain)
    checkSaid(
      context,
      kind,
      linesOf(process.log()).filter((line) => !usual.includes(line)),
    );
  const listed = await context.driver.list();
  const names = volumesIn(listed).map(({ name }) => name);
  const hasBoth = names.includes(mounted.name) && names.includes(unmounted.name);
  context.check(`With a state that is ${kind} List has both volumes.`, hasBoth, told(listed));
  await context.driver.unmount(mounted.name, mounted.id);
  for (const volume of [mounted, unmounted]) await checkUsable(context, kind, volume);
}

async function checkStarts(context: CaseContext, process: DriverProcess, kind: string): Promise<void> {
  const failure = await process.start().then(
    () => "",
    (error: unknown) => messageOf(error),
  );
  context.demand(`With a state that is ${kind} the driver starts.`, failure === "", failure || "it answers");
}

/** Any line that no start had before will do: drivers have words of their own. */
function checkSaid(context: CaseContext, kind: string, news: readonly string[]): void {
  const seen = news.length > 0 ? news.slice(0, 3).join("\n") : "its log has nothing that it did not have before";
  context.check(`With a state that is ${kind} the log says so.`, news.length > 0, seen);
}

/** Without what differs from start to start. */
function linesOf(log: string): string[] {
  return log
    .split("\n")
    .map((line) => line.replaceAll(/[0-9a-f]*\d[0-9a-f]*/g, "#").trim())
    .filter((line) => line !== "");
}

async function checkUsable(context: CaseContext, kind: string, volume: MarkedVolume): Promise<void> {
  const id = context.mountId();
  const path = await context.mount(volume.name, id);
  const mounts = await mountsAt(context, path);
  context.check("There is one mount at the path, not several.", mounts.length <= 1, mounts.map(toldMount).join("; "));
  await checkMark(context, `With a state that is ${kind} the volume has its data.`, { ...volume, path });
  await context.unmount(volume.name, id);
  const gone = await comesTrue(context, REMOVABLE_WITHIN_MS, async () => (await context.driver.remove(volume.name)).ok);
  context.check(
    "Remove succeeds after the last Unmount.",
    gone,
    gone ? "removed" : told(await context.driver.remove(volume.name)),
  );
}
