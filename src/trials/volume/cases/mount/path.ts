import path from "node:path";
import { isWithin } from "../../../../core/mount-info.ts";
import { denies, pathIn, refuses } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { isCleanPath } from "../exact-names.ts";
import { checkMark, markedVolume, ownMount, toldMount, tracesBelowRoot, viewOf } from "../sight.ts";

/** Volumes and times that a path is looked at for. */
const VOLUMES = 4;
const CYCLES = 3;

/** What the path is that Mount answers. */
export const pathCases: readonly VolumeCase[] = [
  {
    id: "M01",
    title: "Mount answers a clean path to a directory",
    severity: "critical",
    action: "Makes a volume and mounts it.",
    requirement:
      "The path is absolute and clean, and, where the suite can see it, a directory below the driver's root without a link on the way.",
    reason:
      "With an empty path the runtime binds its own bundle directory, with configuration and root file system, read-write into the container; for a managed plugin a path with `..` in it leads out of the directory that is shared with the host.",
    needs: [],
    original: [4],
    run: answersCleanPath,
  },
  {
    id: "M02",
    title: "The path is the volume",
    severity: "critical",
    action:
      "Mounts two volumes, leaves a mark in each, mounts the first a second time, unmounts everything and mounts both again.",
    requirement:
      "Each path shows the mark of its own volume and no other, every time; where the driver mounts, it does so for every volume.",
    reason:
      "The engine binds whatever is at the path: a directory that only stands in takes the data to the host's disk, where it is lost to the volume and to every other host.",
    needs: ["mounts"],
    run: showsTheVolume,
  },
  {
    id: "M10",
    title: "Mount of a volume that is not there",
    severity: "high",
    action: "Mounts a name that was never made, and looks for what that left.",
    requirement: "It is refused with an error; no volume, no directory and no mount comes of it.",
    reason:
      "Create brings a volume into being, with its options: one that Mount makes has none of them, and a directory that is left over is taken for a volume by the next start.",
    needs: [],
    run: refusesMissing,
  },
  {
    id: "M14",
    title: "A path belongs to one volume for good",
    severity: "high",
    action: "Mounts and unmounts several volumes several times, in changing order.",
    requirement:
      "Each volume has the same path every time, and no two volumes have the same or one inside the other's.",
    reason:
      "Engines write the path into the state of a container and come back with it after a restart: where it changes or is shared, a container gets another's data.",
    needs: [],
    run: keepsPaths,
  },
];

async function answersCleanPath(context: CaseContext): Promise<void> {
  const name = await context.volume();
  const answer = await context.driver.mount(name, context.mountId());
  const answered = pathIn(answer);
  context.demand("Mount of an existing volume succeeds.", answer.ok, told(answer));
  context.demand("The path is not empty.", answered !== "", told(answer));
  context.check("The path is absolute.", path.isAbsolute(answered), answered);
  context.check("The path is clean: no `..`, no `.`, no slash too many.", isCleanPath(answered), answered);
  if (context.subject.mounts) await checkDirectory(context, answered);
}

async function checkDirectory(context: CaseContext, answered: string): Promise<void> {
  const { root, files } = viewOf(context);
  const isBelow = answered !== root && isWithin(answered, root);
  context.check("The path lies below the driver's root.", isBelow, `${answered}; the root is ${root}`);
  for (const step of stepsDown(isBelow ? root : path.dirname(answered), answered)) {
    const facts = await files.stat(step);
    context.check(
      "Every step of the path is a directory and no link.",
      facts?.kind === "directory",
      `${step}: ${facts?.kind ?? "nothing"}`,
    );
  }
}

/** Each directory below `top` on the way to `bottom`, which is the last. */
function stepsDown(top: string, bottom: string): string[] {
  const words = path.relative(top, bottom).split("/");
  return words.map((_, index) => path.join(top, ...words.slice(0, index + 1)));
}

async function showsTheVolume(context: CaseContext): Promise<void> {
  const one = await markedVolume(context);
  const other = await markedVolume(context);
  await checkMark(context, "A volume shows its own mark beside another that is mounted.", one);
  await checkMark(context, "A volume shows its own mark beside another that is mounted.", other);
  const mounts = [await ownMount(context, one.path), await ownMount(context, other.path)];
  context.observe(mounts[0] ? `Mount mounts ${mounts[0].type}` : "Mount mounts nothing: the path is a plain directory");
  context.check(
    "What holds the path is the same for every volume: a mount of the driver's, or a plain directory.",
    mounts[0]?.type === mounts[1]?.type,
    mounts.map((mount) => (mount ? toldMount(mount) : "a plain directory")).join("; "),
  );
  const second = context.mountId();
  const again = await context.mount(one.name, second);
  await checkMark(context, "A second Mount shows the same data.", { ...one, path: again });
  await context.unmount(one.name, second);
  for (const { name, id } of [one, other]) await context.unmount(name, id);
  for (const volume of [one, other]) {
    const later = await context.mount(volume.name, context.mountId());
    await checkMark(context, "A later Mount shows the data that was written before.", { ...volume, path: later });
  }
}

async function refusesMissing(context: CaseContext): Promise<void> {
  const isSeen = context.subject.mounts !== undefined;
  const before = isSeen ? await tracesBelowRoot(context) : [];
  const name = context.name();
  const answer = await context.driver.mount(name, context.mountId());
  context.check("Mount of a volume that was never made is refused with an error.", refuses(answer), told(answer));
  const got = await context.driver.get(name);
  context.check("Mount makes no volume.", denies(got), told(got));
  if (!isSeen) return;
  const added = (await tracesBelowRoot(context)).filter((trace) => !before.includes(trace));
  context.check("Mount of a missing volume leaves no directory and no mount.", added.length === 0, added.join("; "));
}

async function keepsPaths(context: CaseContext): Promise<void> {
  const names = [];
  for (let count = 0; count < VOLUMES; count++) names.push(await context.volume());
  const known = new Map<string, string>();
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const mounted = [];
    for (const name of context.random.shuffled(names)) {
      const id = context.mountId();
      const answered = await context.mount(name, id);
      mounted.push({ name, id });
      const first = known.get(name) ?? answered;
      known.set(name, first);
      context.check("A volume has the same path every time.", answered === first, `${first}, later ${answered}`);
    }
    for (const { name, id } of context.random.shuffled(mounted)) await context.unmount(name, id);
  }
  const paths = [...known.values()];
  const shared = paths.find((one, index) => paths.some((other, place) => place !== index && isWithin(one, other)));
  context.check("No two volumes share a path, and none lies in another.", shared === undefined, paths.join(", "));
}
