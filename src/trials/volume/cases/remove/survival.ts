import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { refuses } from "../answers.ts";
import { checkMark, failureOf, markedVolume, type MarkedVolume, mountsAt, toldMount, viewOf } from "../sight.ts";
import { comesTrue } from "../waiting.ts";
import { startAnew } from "../state-files.ts";
import { visiting } from "../visiting.ts";

const FREE_WITHIN_MS = 10_000;

/** What Remove must not touch. */
export const survivalCases: readonly VolumeCase[] = [
  {
    id: "R05",
    title: "Remove never deletes through a mount",
    severity: "critical",
    action:
      "Loses the driver's state while a volume is mounted and removes the volume; then removes an unmounted volume whose mount point has another volume bound to it.",
    requirement:
      "A Remove that is refused leaves the data, one that succeeds leaves nothing mounted, and the volume that was bound there keeps its file.",
    reason:
      "A driver that has lost its count takes the mount point for an empty directory. Deleting it recursively deletes what is mounted there: with shared storage, for all hosts.",
    needs: ["mounts", "fresh"],
    run: neverThroughMounts,
  },
  {
    id: "R06",
    title: "Links and binds inside a volume lead Remove nowhere",
    severity: "critical",
    action: "Puts a link to another volume and a bind of it into a volume, and unmounts and removes that.",
    requirement: "The other volume keeps its file, whatever Remove answers; without the bind Remove succeeds.",
    reason:
      "Containers make links to anywhere, and root in one may bind. A recursive deletion that follows them leaves the volume.",
    needs: ["mounts"],
    run: leadsNowhere,
  },
];

async function neverThroughMounts(context: CaseContext): Promise<void> {
  await withoutCount(context);
  await withForeignMount(context);
}

/** On a driver of its own: the state of the one that is judged is not the suite's to lose. */
async function withoutCount(context: CaseContext): Promise<void> {
  await using visit = await visiting(context);
  const { context: there, process } = visit;
  const volume = await markedVolume(there);
  await startAnew(process);
  const removed = await there.driver.remove(volume.name);
  const left = await mountsAt(there, volume.path);
  if (removed.ok)
    there.check("A Remove that succeeds leaves nothing mounted.", left.length === 0, left.map(toldMount).join("; "));
  else if (left.length > 0) await checkMark(there, "A Remove that is refused leaves the data at the path.", volume);
  else await checkAtNextMount(there, volume);
}

async function checkAtNextMount(context: CaseContext, { name, mark }: MarkedVolume): Promise<void> {
  const path = await context.mount(name, context.mountId());
  await checkMark(context, "A Remove that is refused leaves the data in the volume.", { path, mark });
}

async function withForeignMount(context: CaseContext): Promise<void> {
  const { files } = viewOf(context);
  const other = await markedVolume(context);
  const name = await context.volume();
  const id = context.mountId();
  const point = await context.mount(name, id);
  await context.unmount(name, id);
  if (!(await files.stat(point))) await files.makeDirectory(point);
  await bindUntilTheEnd(context, other.path, point);
  const removed = await context.driver.remove(name);
  context.observe(
    removed.ok
      ? "Remove succeeds although something else is mounted where the volume was"
      : "Remove is refused while something else is mounted where the volume was",
  );
  await checkMark(context, "What is mounted where the volume was keeps its file after Remove.", other);
}

async function leadsNowhere(context: CaseContext): Promise<void> {
  const { files } = viewOf(context);
  const other = await markedVolume(context);
  const volume = await markedVolume(context);
  await files.link(other.path, `${volume.path}/link`);
  await files.makeDirectory(`${volume.path}/bind`);
  const unbind = await bindUntilTheEnd(context, other.path, `${volume.path}/bind`);
  await context.driver.unmount(volume.name, volume.id);
  const early = await context.driver.remove(volume.name);
  context.check("Remove succeeds or is refused in words.", early.ok || refuses(early), told(early));
  await checkMark(context, "The volume that was bound inside keeps its file.", other);
  await unbind();
  await context.driver.unmount(volume.name, volume.id);
  const gone = await comesTrue(
    context,
    FREE_WITHIN_MS,
    async () => (await context.driver.remove(volume.name)).ok || early.ok,
  );
  context.check("Without the bind Remove succeeds.", gone, `asked for ${FREE_WITHIN_MS / 1000} s`);
  await checkMark(context, "The volume that the link leads to keeps its file.", other);
}

/** Gives how to take it away; safe to do again, and where the driver has done so. */
async function bindUntilTheEnd(context: CaseContext, source: string, target: string): Promise<() => Promise<void>> {
  const { files } = viewOf(context);
  const unbind = async () => void (await failureOf(files.unmount(target)));
  context.defer(unbind);
  await files.mount(["--bind", source, target]);
  return unbind;
}
