import type { Answer } from "../../client.ts";
import { finds, pathIn, refuses } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { checkGone, checkMark, type MarkedVolume, markedVolume, mountsAt, readMark, viewOf } from "../sight.ts";
import { breakBackEnd } from "../trouble.ts";
import { seconds } from "../waiting.ts";
import { checkRemovable, mountAgain } from "./steps.ts";

/** Calls for a volume whose mount is dead end by then. */
const DEAD_LIMIT_MS = 10_000;
/** What the suite puts on top of a volume is told by this. */
const COVER = "seatrial-cover";

/** Mounts that are no longer what they were. */
export const lostCases: readonly VolumeCase[] = [
  {
    id: "M21",
    title: "Unmounted behind the driver's back",
    severity: "critical",
    action:
      "Unmounts the volume on the host without telling the driver, mounts it again, and unmounts what was mounted.",
    requirement: "The next Mount shows the volume again, never an empty directory, and all Unmounts succeed.",
    reason:
      "Administrators, clean-up jobs and dying servers unmount; a driver that believes its own count hands the empty directory below to the next container, which writes to the host's disk.",
    needs: ["mounts"],
    run: noticesLostMount,
  },
  {
    id: "M22",
    title: "Something else is mounted on top",
    severity: "medium",
    action: "Mounts a file system of the suite's own over the volume and asks for another Mount.",
    requirement: "The driver refuses with an error, or answers a path that shows the volume.",
    reason:
      "The engine binds what is on top: the container works on something that is not its volume, and nobody is told.",
    needs: ["mounts"],
    run: noticesCover,
  },
  {
    id: "M23",
    title: "The server behind a mount dies",
    severity: "high",
    action:
      "Kills what serves the mount; asks Get, Mount and Unmount, mounts again when it can be served, and removes it.",
    requirement: "Each call ends within 10 s; Mount answers a path that works, or an error; the volume stays known.",
    reason:
      "A dead user-space file system answers ENOTCONN for ever: without a fresh mount every container of the volume fails until somebody unmounts by hand.",
    needs: ["mounts", "back-end"],
    run: (context) => survivesLoss(context, "server-killed"),
  },
  {
    id: "M26",
    title: "The client behind a mount is evicted",
    severity: "high",
    action:
      "Has the storage cluster evict the client of a mounted volume; asks Get, Mount and Unmount, and removes it.",
    requirement: "The next Mount answers a path that works; the volume is taken neither for healthy nor for missing.",
    reason:
      "On an evicted mount `statfs` succeeds and `stat` of the root says ENOENT: a driver that trusts either hands out a dead path or says that the volume is gone.",
    needs: ["mounts", "back-end"],
    run: (context) => survivesLoss(context, "client-evicted"),
  },
];

async function noticesLostMount(context: CaseContext): Promise<void> {
  const volume = await markedVolume(context);
  await unmountOnHost(context, volume);
  const next = context.mountId();
  const answer = await context.driver.mount(volume.name, next);
  context.demand("Mount succeeds though the mount was lost.", pathIn(answer) !== "", told(answer));
  const seen = await readMark(viewOf(context).files, pathIn(answer));
  context.demand("Mount notices that its mount was lost, and shows the volume.", seen === volume.mark, seen);
  await checkUnmount(context, volume.name, volume.id);
  await checkMark(context, "The new user keeps the volume.", { ...volume, path: pathIn(answer) });
  await unmountOnHost(context, volume);
  await checkUnmount(context, volume.name, next);
  await checkGone(context, "Nothing is mounted after the last Unmount.", volume.path);
  await checkRemovable(context, volume.name);
}

/** Ends the case as skipped where there is nothing that could be unmounted. */
async function unmountOnHost(context: CaseContext, { path }: MarkedVolume): Promise<void> {
  if ((await mountsAt(context, path)).length === 0) context.skip("nothing is mounted at the path that Mount answers");
  await viewOf(context).files.unmount(path);
}

async function checkUnmount(context: CaseContext, name: string, id: string): Promise<void> {
  const answer = await context.driver.unmount(name, id);
  context.check("Unmount of a mount that was lost succeeds.", answer.ok, told(answer));
}

async function noticesCover(context: CaseContext): Promise<void> {
  const volume = await markedVolume(context);
  const { files } = viewOf(context);
  const mounted = await mountsAt(context, volume.path);
  if (mounted.length === 0) context.skip("nothing is mounted at the path that Mount answers");
  const uncover = async () => {
    const covers = (await mountsAt(context, volume.path)).filter(({ source }) => source === COVER);
    for (const { path } of covers) await files.unmount(path);
  };
  context.defer(uncover);
  await files.mount(["-t", "tmpfs", "-o", "size=64k", COVER, volume.path]);
  const next = context.mountId();
  const answer = await context.driver.mount(volume.name, next);
  const seen = answer.ok ? await readMark(files, pathIn(answer)) : told(answer);
  context.check(
    "Mount of a covered volume is refused with an error, or shows the volume.",
    refuses(answer) || seen === volume.mark,
    seen,
  );
  context.observe(`Mount of a covered volume ${answer.ok ? "succeeds" : "is an error"}`);
  if (answer.ok) {
    // What the driver has put on top it has to take away before the cover can go.
    for (const id of [next, volume.id]) await context.unmount(volume.name, id);
    return;
  }
  await uncover();
  const path = await context.mount(volume.name, context.mountId());
  await checkMark(context, "Mount shows the volume when nothing covers it any more.", { ...volume, path });
}

async function survivesLoss(context: CaseContext, fault: "server-killed" | "client-evicted"): Promise<void> {
  const { driver } = context;
  const volume = await markedVolume(context);
  const heal = await breakBackEnd(context, fault);
  const got = await driver.get(volume.name);
  checkEnds(context, "Get", got);
  context.check("Get still knows the volume.", got.silence !== undefined || finds(got, volume.name), told(got));
  const next = context.mountId();
  const mounted = await driver.mount(volume.name, next);
  checkEnds(context, "Mount", mounted);
  if (mounted.ok) await checkWorks(context, { ...volume, path: pathIn(mounted) });
  else
    context.check(
      "Mount is refused with an error, if it does not work.",
      fault === "server-killed" && refuses(mounted),
      told(mounted),
    );
  const unmounted = await driver.unmount(volume.name, volume.id);
  checkEnds(context, "Unmount", unmounted);
  context.check("Unmount of the dead mount's user succeeds.", unmounted.ok, told(unmounted));
  await heal();
  const path = mounted.ok ? pathIn(mounted) : await mountAgain(context, volume.name, next);
  await checkWorks(context, { ...volume, path });
  await context.unmount(volume.name, next);
  await checkGone(context, "Nothing is mounted after the last Unmount.", path);
  await checkRemovable(context, volume.name);
}

async function checkWorks(context: CaseContext, { path, mark }: MarkedVolume): Promise<void> {
  await checkMark(context, "The path that Mount answers works.", { path, mark });
}

function checkEnds(context: CaseContext, call: string, answer: Answer): void {
  const durationMs = answer.durationNs / 1e6;
  const isInTime = answer.silence !== "late" && durationMs < DEAD_LIMIT_MS;
  context.check(
    `${call} of a volume whose mount is dead ends within 10 s.`,
    isInTime,
    `${told(answer)} after ${seconds(durationMs)}`,
  );
}
