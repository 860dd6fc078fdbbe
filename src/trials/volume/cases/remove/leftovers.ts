import path from "node:path";
import type { FileHands } from "../../subject.ts";
import { denies, finds, refuses } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { timesListed } from "../exact-names.ts";
import { mountThere, otherHost, otherView } from "../hosts.ts";
import { failureOf, leaveMark, markedVolume, viewOf } from "../sight.ts";
import { comesTrue, seconds } from "../waiting.ts";

/** Files of a large volume, for each volume that the scale calls very many. */
const FILES_PER_VOLUME = 20;
const REMOVED_WITHIN_MS = 60_000;
const TIDY_WITHIN_MS = 10_000;
const VOLUMES_TO_TIDY = 10;
/** Deep enough for `root/mounts/NAME` and `root/volumes/NAME`. */
const DEPTH = 3;

/** What Remove leaves, and how long it takes. */
export const leftoverCases: readonly VolumeCase[] = [
  {
    id: "R07",
    title: "A volume with very many files is removed in time",
    severity: "medium",
    action: "Fills a volume with empty files, 100,000 in a thorough run, removes it and creates the name again.",
    requirement: "Remove succeeds within 60 s, the name is free at once and the new volume is empty.",
    reason:
      "An engine gives Remove 60 s, Podman 5: a deletion file by file times out, and the retry finds half a volume.",
    needs: ["mounts"],
    run: manyFiles,
  },
  {
    id: "R09",
    title: "Snapshots are not lost in silence",
    severity: "low",
    action:
      "Makes a snapshot of a volume where its file system takes one by a directory in `.snap`, and removes the volume.",
    requirement: "Remove is refused with an error, or succeeds and neither Get nor List knows the name any more.",
    reason: "A back end that keeps the snapshots keeps the name too, and shows a volume that nobody can mount.",
    needs: ["mounts"],
    run: snapshots,
  },
  {
    id: "R10",
    title: "Removed volumes leave nothing below the root",
    severity: "medium",
    action:
      "Creates, mounts, unmounts and removes ten volumes and compares what lies below the mount root with before.",
    requirement: "Within 10 s nothing is mounted or lies there that was not there before.",
    reason: "Directories and mounts that stay add up over years of containers, and slow every start of the driver.",
    needs: ["mounts"],
    run: leavesNothing,
  },
  {
    id: "R11",
    title: "A volume that is mounted on another host",
    severity: "high",
    action: "Mounts a volume on the other host, writes there, removes it here, and looks at it there.",
    requirement:
      "Remove is refused and the data stays; or it succeeds, is documented, and the other host can still unmount.",
    reason: "Neither engine knows what runs on the other's host: the drivers are the only ones who can.",
    needs: ["mounts", "peer"],
    run: mountedElsewhere,
  },
];

async function manyFiles(context: CaseContext): Promise<void> {
  const { driver, scale, subject } = context;
  const { files } = viewOf(context);
  const name = await context.volume();
  const id = context.mountId();
  const place = await context.mount(name, id);
  const fresh = await files.list(place);
  await files.fill(place, scale.volumes * FILES_PER_VOLUME);
  await context.unmount(name, id);
  const removed = await driver.call("Remove", { Name: name }, { deadlineMs: REMOVED_WITHIN_MS });
  const took = `${told(removed)} after ${seconds(removed.durationNs / 1e6)}`;
  context.demand(`Remove of ${scale.volumes * FILES_PER_VOLUME} files succeeds within 60 s.`, removed.ok, took);
  const again = await driver.create(name, subject.options.good);
  context.demand("The name is free at once.", again.ok, told(again));
  const now = await files.list(await context.mount(name, context.mountId()));
  const left = now.filter((entry) => !fresh.includes(entry));
  context.check("The new volume is empty.", left.length === 0, `${left.length} entries`);
}

async function snapshots(context: CaseContext): Promise<void> {
  const { driver } = context;
  const { files } = viewOf(context);
  const volume = await markedVolume(context);
  const snapshot = `${volume.path}/.snap/seatrial`;
  const unable = await failureOf(files.makeDirectory(snapshot));
  if (unable) context.skip(`the file system takes no snapshot by a directory in .snap: ${unable.message}`);
  await context.unmount(volume.name, volume.id);
  const removed = await driver.remove(volume.name);
  context.observe(
    removed.ok ? "Remove takes a volume that has snapshots" : "Remove refuses a volume that has snapshots",
  );
  if (!removed.ok) return withSnapshotKept(context, volume.name, snapshot);
  const got = await driver.get(volume.name);
  context.check("Get no longer knows the name.", denies(got), told(got));
  const listed = await timesListed(context, volume.name);
  context.check("List no longer has the name.", listed === 0, `${listed} times`);
}

async function withSnapshotKept(context: CaseContext, name: string, snapshot: string): Promise<void> {
  const { driver } = context;
  const got = await driver.get(name);
  context.check("Get still finds the volume whose Remove was refused.", finds(got, name), told(got));
  const id = context.mountId();
  await context.mount(name, id);
  await viewOf(context).files.remove(snapshot);
  await context.unmount(name, id);
  const removed = await driver.remove(name);
  context.check("Without the snapshot Remove succeeds.", removed.ok, told(removed));
}

async function leavesNothing(context: CaseContext): Promise<void> {
  // What the driver makes once and keeps is there before.
  await cycle(context);
  const before = new Set(await below(context));
  for (let round = 0; round < VOLUMES_TO_TIDY; round++) await cycle(context);
  const news = async () => (await below(context)).filter((entry) => !before.has(entry));
  await comesTrue(context, TIDY_WITHIN_MS, async () => (await news()).length === 0);
  const left = await news();
  context.check(
    "Nothing is left below the root of ten volumes that are gone.",
    left.length === 0,
    left.length === 0 ? "nothing is left" : `left: ${left.slice(0, 10).join(", ")}`,
  );
}

async function cycle(context: CaseContext): Promise<void> {
  const name = await context.volume();
  const id = context.mountId();
  await leaveMark(context, await context.mount(name, id));
  await context.unmount(name, id);
  const removed = await context.driver.remove(name);
  context.demand("Remove of an unused volume succeeds.", removed.ok, told(removed));
}

/** Paths and mounts below the root. Does not look into mounts. */
async function below(context: CaseContext): Promise<string[]> {
  const { root, table, files } = viewOf(context);
  const mounted = (await table()).map((mount) => mount.path).filter((point) => point.startsWith(`${root}/`));
  const paths = await walk(files, root, { depth: DEPTH, not: new Set(mounted) });
  return [...paths, ...mounted.map((point) => `a mount on ${point}`)];
}

async function walk(files: FileHands, directory: string, { depth, not }: { depth: number; not: ReadonlySet<string> }) {
  const found: string[] = [];
  for (const name of await files.list(directory)) {
    const entry = path.join(directory, name);
    found.push(entry);
    if (depth === 1 || not.has(entry)) continue;
    // It may go while we look.
    const listed = (await files.stat(entry))?.kind === "directory" ? walk(files, entry, { depth: depth - 1, not }) : [];
    await failureOf(Promise.resolve(listed).then((inner) => void found.push(...inner)));
  }
  return found;
}

async function mountedElsewhere(context: CaseContext): Promise<void> {
  const { driver } = context;
  const there = otherHost(context);
  const { files } = otherView(context, there);
  const name = await context.volume();
  const place = await mountThere(context, there, name);
  const file = path.join(place, "seatrial-mark");
  const mark = context.mountId();
  await files.write(file, mark);
  const removed = await driver.remove(name);
  context.check("Remove succeeds or is refused in words.", removed.ok || refuses(removed), told(removed));
  context.observe(
    removed.ok
      ? "Remove does not notice that the volume is mounted on another host"
      : "Remove is refused while the volume is mounted on another host",
  );
  if (removed.ok) return;
  let seen = "";
  const failure = await failureOf(files.read(file).then((text) => void (seen = text)));
  context.check("The data of the volume whose Remove was refused is there.", seen === mark, failure?.message ?? seen);
  const got = await driver.get(name);
  context.check("Get still finds it here.", finds(got, name), told(got));
}
