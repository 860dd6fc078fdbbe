import { isWithin } from "../../../../core/mount-info.ts";
import { pathIn, refuses } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { checkGone, checkMark, leaveMark, markedVolume, readMark, toldMount, viewOf } from "../sight.ts";
import { comesTrue } from "../waiting.ts";
import { checkRemovable } from "./steps.ts";

/** Podman mounts every volume under this one ID. */
const PODMAN_ID = "2f73349cfc4630255319c6c8dfc1b46a8996ace9d14d8e07563b165915918ec2";
const GONE_WITHIN_MS = 5000;

/** Who has a volume mounted, and how often. */
export const countingCases: readonly VolumeCase[] = [
  {
    id: "M03",
    title: "After the last Unmount nothing is mounted",
    severity: "high",
    action: "Mounts a volume beside another that stays mounted, and unmounts it.",
    requirement: "What Mount has added to the host's mounts is gone within 5 s.",
    reason:
      "A mount that stays holds its server, its client and its memory; it keeps Remove and the host's shutdown waiting, and after thousands of starts the host has thousands.",
    needs: ["mounts"],
    original: [5],
    run: unmounts,
  },
  {
    id: "M04",
    title: "The first of two users leaves",
    severity: "critical",
    action: "Mounts a volume under two IDs and unmounts the first.",
    requirement: "Both got one path, and the second goes on reading and writing the volume there.",
    reason:
      "Each container that uses a volume has an ID of its own: a driver that does not count takes the volume from all of them when the first one stops.",
    needs: ["mounts"],
    run: keepsTheSecond,
  },
  {
    id: "M05",
    title: "The last of two users leaves",
    severity: "high",
    action: "Mounts a volume under two IDs, unmounts both and removes it.",
    requirement: "Nothing is mounted any more and Remove succeeds.",
    reason: "A count that does not come back to nothing pins the volume: `volume rm` fails for good.",
    needs: ["mounts"],
    run: endsWithTheLast,
  },
  {
    id: "M06",
    title: "The same ID mounts twice and unmounts once",
    severity: "critical",
    action: "Mounts a volume twice under one ID, unmounts it once, and once more.",
    requirement: "Both Mounts answer one path; the volume is there after one Unmount and gone after two.",
    reason:
      "`docker cp` into a running container mounts and unmounts with the running container's own ID: a driver that keeps a set of IDs takes the volume from the container (moby#37314).",
    needs: ["mounts"],
    run: countsEachId,
  },
  {
    id: "M07",
    title: "Unmount of an ID that holds nothing",
    severity: "high",
    action: "Mounts a volume, unmounts it under an ID that never mounted, twice, and under another volume's ID.",
    requirement: "It succeeds or is refused with an error, and no mount of anybody else is dropped.",
    reason:
      "After a crash an engine unmounts what it no longer has mounted, and a container that lived on unmounts from a driver that was started anew: each time the ID is unknown.",
    needs: ["mounts"],
    run: ignoresUnknownIds,
  },
  {
    id: "M08",
    title: "An engine that crashed mounts again under its old ID",
    severity: "high",
    action:
      "Mounts under an ID, activates again as an engine does when it starts, mounts under the same ID and unmounts once.",
    requirement: "Nothing is mounted any more and Remove succeeds.",
    reason:
      "An engine that was killed sends no Unmount; its container starts again with the old ID and unmounts once: a plain counter keeps one reference for ever (for-linux#404).",
    needs: ["mounts"],
    run: adoptsAfterActivate,
  },
  {
    id: "M09",
    title: "One ID has two volumes",
    severity: "high",
    action: "Mounts two volumes under one and the same ID, and unmounts and removes the first.",
    requirement: "The second stays mounted until its own Unmount.",
    reason: "Podman uses one constant ID for all volumes: a driver that keeps IDs without their volume mixes them up.",
    needs: [],
    run: countsPerVolume,
  },
  {
    id: "M25",
    title: "Two volumes on one target are counted apart",
    severity: "medium",
    action: "Makes two volumes with the same options; where both show the same data, unmounts the first.",
    requirement: "The second goes on working at its own path.",
    reason: "Two names for one share are common, and a driver that counts by target or unmounts it takes it from both.",
    needs: ["mounts"],
    run: countsTargetsApart,
  },
];

async function unmounts(context: CaseContext): Promise<void> {
  // What one mount of the driver's needs for all volumes is there before.
  await context.mount(await context.volume(), context.mountId());
  const name = await context.volume();
  const id = context.mountId();
  const before = await mountsBelowRoot(context);
  await context.mount(name, id);
  const added = without(await mountsBelowRoot(context), before);
  if (added.length === 0) context.observe("Mount adds nothing to the host's mounts");
  await context.unmount(name, id);
  const gone = await comesTrue(
    context,
    GONE_WITHIN_MS,
    async () => without(await mountsBelowRoot(context), before).length === 0,
  );
  const left = without(await mountsBelowRoot(context), before);
  context.check(
    "What Mount added is gone within 5 s.",
    gone,
    gone ? `${added.length} added, none left` : left.join("; "),
  );
}

async function mountsBelowRoot(context: CaseContext): Promise<string[]> {
  const view = viewOf(context);
  return (await view.table()).filter((mount) => isWithin(mount.path, view.root)).map(toldMount);
}

/** What is in `all` more often than in `some`. */
function without(all: readonly string[], some: readonly string[]): string[] {
  const left = [...some];
  return all.filter((item) => {
    const place = left.indexOf(item);
    if (place >= 0) left.splice(place, 1);
    return place < 0;
  });
}

async function keepsTheSecond(context: CaseContext): Promise<void> {
  const volume = await markedVolume(context);
  const second = await context.mount(volume.name, context.mountId());
  context.check("Both Mounts answer one path.", second === volume.path, `${volume.path} and ${second}`);
  await context.unmount(volume.name, volume.id);
  await checkMark(context, "The second user reads the volume after the first has left.", { ...volume, path: second });
  const mark = await leaveMark(context, second);
  const third = await context.mount(volume.name, context.mountId());
  await checkMark(context, "What the second user writes is in the volume.", { path: third, mark });
}

async function endsWithTheLast(context: CaseContext): Promise<void> {
  const { name, id, path } = await markedVolume(context);
  const second = context.mountId();
  await context.mount(name, second);
  await context.unmount(name, id);
  await context.unmount(name, second);
  await checkGone(context, "Nothing is mounted after the last Unmount.", path);
  await checkRemovable(context, name);
}

async function countsEachId(context: CaseContext): Promise<void> {
  const volume = await markedVolume(context);
  const again = await context.mount(volume.name, volume.id);
  context.check("Both Mounts answer one path.", again === volume.path, `${volume.path} and ${again}`);
  await context.unmount(volume.name, volume.id);
  await checkMark(context, "The volume is there after one of two Unmounts.", volume);
  await context.unmount(volume.name, volume.id);
  await checkGone(context, "Nothing is mounted after both Unmounts.", volume.path);
  await checkRemovable(context, volume.name);
}

async function ignoresUnknownIds(context: CaseContext): Promise<void> {
  const volume = await markedVolume(context);
  const other = await markedVolume(context);
  const unused = await context.volume();
  const stranger = context.mountId();
  const calls = [
    [volume.name, stranger],
    [volume.name, stranger],
    [volume.name, other.id],
    [unused, stranger],
  ] as const;
  for (const [name, id] of calls) {
    const answer = await context.driver.unmount(name, id);
    context.check(
      "Unmount of an ID that holds nothing succeeds or is refused with an error.",
      answer.ok || refuses(answer),
      told(answer),
    );
    context.observe(`Unmount of an ID that holds nothing ${answer.ok ? "succeeds" : "is an error"}`);
    await checkMark(context, "The mounts of others stay.", volume);
    await checkMark(context, "The mounts of others stay.", other);
  }
  await context.unmount(volume.name, volume.id);
  await checkGone(context, "The true ID's Unmount is still the last one.", volume.path);
}

async function adoptsAfterActivate(context: CaseContext): Promise<void> {
  const { name, id, path } = await markedVolume(context);
  const activated = await context.driver.activate();
  context.demand("Plugin.Activate succeeds.", activated.ok, told(activated));
  await context.driver.get(name);
  await context.mount(name, id);
  await context.unmount(name, id);
  await checkGone(context, "Nothing is mounted after the one Unmount that comes.", path);
  await checkRemovable(context, name);
}

async function countsPerVolume(context: CaseContext): Promise<void> {
  const [first, second] = [await context.volume(), await context.volume()];
  const answers = [await context.driver.mount(first, PODMAN_ID), await context.driver.mount(second, PODMAN_ID)];
  const paths = answers.map(pathIn);
  const [one = "", other = ""] = paths;
  for (const answer of answers)
    context.demand("Mount under an ID that another volume has succeeds.", pathIn(answer) !== "", told(answer));
  context.check("Each volume has a path of its own.", one !== other, `both at ${one}`);
  const mark = context.subject.mounts ? await leaveMark(context, other) : "";
  await context.unmount(first, PODMAN_ID);
  await checkRemovable(context, first);
  if (context.subject.mounts) await checkMark(context, "The other volume stays mounted.", { path: other, mark });
  const again = await context.driver.mount(second, context.mountId());
  context.check("The other volume is still at its path.", pathIn(again) === other, told(again));
  await context.unmount(second, PODMAN_ID);
}

async function countsTargetsApart(context: CaseContext): Promise<void> {
  const one = await markedVolume(context);
  const name = await context.volume();
  const path = await context.mount(name, context.mountId());
  if ((await readMark(viewOf(context).files, path)) !== one.mark)
    context.skip("the options that the suite was given lead to no common target");
  await context.unmount(one.name, one.id);
  await checkMark(context, "The second name goes on working.", { path, mark: one.mark });
}
