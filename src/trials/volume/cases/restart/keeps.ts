import { finds, volumesIn } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { checkGone, checkMark, type MarkedVolume, markedVolume, mountsAt, ownMount, toldMount } from "../sight.ts";
import { startAnew } from "../state-files.ts";
import { visiting } from "../visiting.ts";
import { seconds } from "../waiting.ts";

const STOPPED_WITHIN_MS = 10_000;

/** What a driver must know when it comes back. */
export const keepingCases: readonly VolumeCase[] = [
  {
    id: "X01",
    title: "A restart keeps volumes, mounts and counts",
    severity: "critical",
    action:
      "Stops the driver with SIGTERM while two of three volumes are mounted, one of them twice, and starts it again.",
    requirement:
      "It ends within 10 s; all volumes are listed, what was mounted is served at its path, old IDs unmount, and Remove succeeds then.",
    reason:
      "Drivers are upgraded under running containers. An engine does not mount again for them: what the driver has forgotten is lost to them, and what it has forgotten to count cannot be removed.",
    needs: ["mounts", "process"],
    run: (context) => keepsAll(context, () => stopped(context)),
  },
  {
    id: "X02",
    title: "A crash keeps volumes, mounts and counts",
    severity: "critical",
    action:
      "Kills the driver with SIGKILL while two of three volumes are mounted, one of them twice, and starts it again.",
    requirement:
      "All volumes are listed, what was mounted is served at its path, old IDs unmount, and Remove succeeds then.",
    reason:
      "An engine retries a broken connection and goes on as if nothing had happened; drivers that keep counts in memory then unmount what containers use, or delete through it.",
    needs: ["mounts", "process"],
    run: (context) => keepsAll(context, async () => context.subject.process?.kill()),
  },
  {
    id: "X05",
    title: "After a reboot Mount really mounts",
    severity: "critical",
    action: "Mounts a volume, takes the whole host down and up again, and mounts it under a new ID.",
    requirement:
      "The volume is at the path that Mount answers; after one Unmount nothing is mounted and Remove succeeds.",
    reason:
      "A state that says that it is mounted outlives the mount. A driver that believes it answers an empty directory of the host's disk, and containers write there.",
    needs: ["mounts", "process"],
    run: mountsAfterReboot,
  },
  {
    id: "X06",
    title: "Mounts that the driver has forgotten",
    severity: "high",
    action:
      "Kills the driver while a volume is mounted, takes its state away, starts it, mounts and unmounts the volume.",
    requirement:
      "The mount is adopted or replaced: one mount at the path, with the data, and none after the last Unmount.",
    reason: "Mounting over what is there stacks mounts until the kernel has no more (rexray#1130: 65,536 of them).",
    needs: ["mounts", "fresh"],
    run: takesOverMounts,
  },
];

async function stopped({ subject, check }: CaseContext): Promise<void> {
  const tookMs = await subject.process?.stop(STOPPED_WITHIN_MS);
  const seen = tookMs === undefined ? "it had to be killed" : `after ${seconds(tookMs)}`;
  check("It ends within 10 s of SIGTERM.", tookMs !== undefined, seen);
}

async function keepsAll(context: CaseContext, end: () => Promise<void>): Promise<void> {
  const { driver, subject } = context;
  const unused = await context.volume();
  const once = await markedVolume(context);
  const twice = await markedVolume(context);
  const second = context.mountId();
  await context.mount(twice.name, second);
  const mounts = await isMounted(context, once);
  await end();
  await subject.process?.start();
  const listed = await driver.list();
  const names = volumesIn(listed).map(({ name }) => name);
  const missing = [unused, once.name, twice.name].filter((name) => !names.includes(name));
  context.check(
    "List has all three volumes.",
    missing.length === 0,
    `${told(listed)}; missing: ${missing.join() || "none"}`,
  );
  for (const { name } of [once, twice]) {
    const got = await driver.get(name);
    context.check("Get finds a volume that is mounted.", finds(got, name), told(got));
  }
  const served = "What was mounted is served at its path.";
  await checkServed(context, once, { what: served, mounts });
  await checkServed(context, twice, { what: served, mounts });
  await context.unmount(twice.name, twice.id);
  await checkServed(context, twice, { what: "What was mounted twice is served after one Unmount.", mounts });
  await context.unmount(twice.name, second);
  await context.unmount(once.name, once.id);
  for (const volume of [once, twice])
    await checkGone(context, "Nothing is mounted after the last Unmount.", volume.path);
  for (const name of [unused, once.name, twice.name]) await checkRemovable(context, name);
}

/** False of drivers that only answer a directory, as the engine's own does. */
async function isMounted(context: CaseContext, { path }: MarkedVolume): Promise<boolean> {
  return (await ownMount(context, path)) !== undefined;
}

/** The data is there, and in a mount where the driver makes any. */
async function checkServed(
  context: CaseContext,
  volume: MarkedVolume,
  { what, mounts }: { what: string; mounts: boolean },
): Promise<void> {
  const mount = await ownMount(context, volume.path);
  if (mounts)
    context.check(
      `${what.slice(0, -1)} by a mount.`,
      mount !== undefined,
      mount ? toldMount(mount) : "no mount of the driver",
    );
  await checkMark(context, what, volume);
}

async function checkRemovable({ driver, check }: CaseContext, name: string): Promise<void> {
  const removed = await driver.remove(name);
  check("Remove succeeds after the last Unmount.", removed.ok, told(removed));
}

async function mountsAfterReboot(context: CaseContext): Promise<void> {
  const { driver, subject } = context;
  const volume = await markedVolume(context);
  const mounts = await isMounted(context, volume);
  await subject.process?.rebootHost();
  const got = await driver.get(volume.name);
  context.check("Get finds the volume.", finds(got, volume.name), told(got));
  const id = context.mountId();
  const path = await context.mount(volume.name, id);
  await checkServed(context, { ...volume, path }, { what: "The volume is at the path that Mount answers.", mounts });
  await context.unmount(volume.name, id);
  await checkGone(context, "Nothing is mounted after the one Unmount since the reboot.", path);
  await checkRemovable(context, volume.name);
}

async function takesOverMounts(context: CaseContext): Promise<void> {
  await using visit = await visiting(context);
  const { context: there, process } = visit;
  const volume = await markedVolume(there);
  await startAnew(process);
  const id = there.mountId();
  const path = await there.mount(volume.name, id);
  const mounts = await mountsAt(there, path);
  there.check("There is one mount at the path, not several.", mounts.length <= 1, mounts.map(toldMount).join("; "));
  await checkMark(there, "The data is there at the next Mount.", { ...volume, path });
  await there.unmount(volume.name, id);
  await there.driver.unmount(volume.name, volume.id);
  await checkGone(there, "Nothing is mounted at the new path after the last Unmount.", path);
  await checkGone(there, "Nothing is mounted at the old path after the last Unmount.", volume.path);
  there.observe(path === volume.path ? "a forgotten mount is used again" : "a forgotten mount is replaced");
}
