import type { Answer } from "../../client.ts";
import { finds, pathIn, refuses } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import {
  checkGone,
  checkMark,
  type MarkedVolume,
  markedVolume,
  mountsAt,
  readMark,
  toldMount,
  tracesBelowRoot,
  viewOf,
} from "../sight.ts";
import { breakBackEnd } from "../trouble.ts";
import { comesTrue, patientCall, seconds } from "../waiting.ts";
import { checkNobodyElse, checkRemovable } from "./steps.ts";

/** Below the 60 s after which engines give up an Unmount. */
const UNMOUNT_LIMIT_MS = 55_000;
/** Calls that need nothing of what hangs. */
const UNDISTURBED_MS = 1000;
/** When a caller that has asked for a slow Mount goes away. */
const GONE_AFTER_MS = 300;
/** Permission to write, for anybody. */
const WRITABLE = 0o222;

/** Mounts and unmounts that fail, hang, or have lost their caller. */
export const failingCases: readonly VolumeCase[] = [
  {
    id: "M17",
    title: "A Mount that fails leaves nothing",
    severity: "critical",
    action: "Lets a mount fail, looks for what it has left, and mounts again when mounts work.",
    requirement:
      "It is refused with an error, nothing is mounted or counted, no directory that can be written to stands in, and the next Mount works.",
    reason:
      "Engines send no Unmount after a Mount that failed: what it counted stays counted, and a directory left at the path takes the data of whoever still works there to the host's disk.",
    needs: ["mounts", "back-end"],
    run: failsCleanly,
  },
  {
    id: "M18",
    title: "A Mount that hangs ends before its caller gives up",
    severity: "high",
    action: "Lets a mount hang, waits for the answer, lets the mount go on, then mounts and unmounts once.",
    requirement:
      "An error comes within the deadline; a mount that succeeds late is undone, so that one Unmount leaves nothing.",
    reason:
      "Engines close the connection after 120 s, after 30 s for a managed plugin, and send no Unmount: a mount that succeeds afterwards is nobody's and stays for good.",
    needs: ["mounts", "back-end"],
    run: endsInTime,
  },
  {
    id: "M19",
    title: "An Unmount that hangs holds up nobody else",
    severity: "high",
    action:
      "Lets the unmount of one volume hang; meanwhile asks for another volume, mounts it again, and mounts a new one.",
    requirement:
      "Unmount is answered within 55 s, all other calls are answered as ever, and the volume can be removed later.",
    reason:
      "Engines give up an Unmount after 60 s; a dead server for one volume must not stop the containers of the others.",
    needs: ["mounts", "back-end"],
    run: hangsAlone,
  },
  {
    id: "M20",
    title: "The caller goes away during a slow Mount",
    severity: "high",
    action:
      "Closes the connection while a mount hangs, lets it go on, then mounts under the same ID and unmounts once.",
    requirement: "Nothing is mounted after that one Unmount, and Remove succeeds.",
    reason:
      "An engine whose call timed out, or that was stopped, sends no Unmount; its container comes back with the same ID and unmounts once.",
    needs: ["mounts", "back-end"],
    run: forgetsLostCallers,
  },
];

/** A volume whose mark and path are known, and which nobody has mounted. */
async function unmountedVolume(context: CaseContext): Promise<MarkedVolume> {
  const volume = await markedVolume(context);
  await context.unmount(volume.name, volume.id);
  await checkGone(context, "Nothing is mounted after the last Unmount.", volume.path);
  return volume;
}

/** Mounts under a new ID, and waits as long as the driver may take. */
function patientMount(context: CaseContext, name: string): Promise<Answer> {
  const body = { Name: name, ID: context.mountId() };
  return patientCall(context, context.deadlineMs, (deadlineMs) => context.driver.call("Mount", body, { deadlineMs }));
}

async function failsCleanly(context: CaseContext): Promise<void> {
  const volume = await unmountedVolume(context);
  const before = await tracesBelowRoot(context);
  const heal = await breakBackEnd(context, "mount-fails");
  const answer = await patientMount(context, volume.name);
  context.check("A Mount that cannot be done is refused with an error.", refuses(answer), told(answer));
  const mounts = await mountsAt(context, volume.path);
  context.check("Nothing is mounted at the path.", mounts.length === 0, mounts.map(toldMount).join("; "));
  const added = (await tracesBelowRoot(context)).filter((trace) => !before.includes(trace));
  context.check("A Mount that fails leaves no new directory.", added.length === 0, added.join("; "));
  await checkNoStandIn(context, volume);
  await heal();
  await checkNobodyElse(context, volume, context.mountId());
}

/** Nobody may write where the volume belongs; a path that shows the volume without any mount is the volume. */
async function checkNoStandIn(context: CaseContext, { path, mark }: MarkedVolume): Promise<void> {
  const { files } = viewOf(context);
  const facts = await files.stat(path);
  const isVolume = (await readMark(files, path)) === mark;
  context.check(
    "No directory that can be written to stands where the volume belongs.",
    facts === undefined || isVolume || (facts.mode & WRITABLE) === 0,
    facts ? `${path} has mode ${facts.mode.toString(8)}` : `nothing is at ${path}`,
  );
}

async function endsInTime(context: CaseContext): Promise<void> {
  const volume = await unmountedVolume(context);
  const heal = await breakBackEnd(context, "mount-hangs");
  const answer = await patientMount(context, volume.name);
  if (answer.ok) context.skip("mounts do not hang with this fault: Mount was answered with a path");
  context.check(
    `A Mount that hangs ends with an error within ${seconds(context.deadlineMs)}.`,
    refuses(answer),
    `${told(answer)} after ${seconds(answer.durationNs / 1e6)}`,
  );
  await heal();
  await checkNobodyElse(context, volume, context.mountId());
}

async function hangsAlone(context: CaseContext): Promise<void> {
  const { driver } = context;
  const volume = await markedVolume(context);
  const other = await markedVolume(context);
  const heal = await breakBackEnd(context, "unmount-hangs");
  const unmount = (deadlineMs: number) => driver.call("Unmount", { Name: volume.name, ID: volume.id }, { deadlineMs });
  const pending = patientCall(context, Math.min(UNMOUNT_LIMIT_MS, context.deadlineMs), unmount);
  // Its end is looked at last; a case that ends before must not leave it unheard.
  pending.catch(() => {});
  for (const name of [other.name, volume.name]) {
    const got = await driver.get(name);
    const isQuick = got.durationNs < UNDISTURBED_MS * 1e6;
    context.check(
      "Get answers within 1 s meanwhile.",
      finds(got, name) && isQuick,
      `${told(got)} after ${seconds(got.durationNs / 1e6)}`,
    );
  }
  for (const name of [other.name, await context.volume()]) {
    const mounted = await driver.mount(name, context.mountId());
    context.check("Other volumes are mounted meanwhile.", pathIn(mounted) !== "", told(mounted));
  }
  await checkMark(context, "Other volumes work meanwhile.", other);
  const answer = await pending;
  const seen = `${told(answer)} after ${seconds(answer.durationNs / 1e6)}`;
  context.check("An Unmount that hangs is answered in time.", answer.ok || refuses(answer), seen);
  await heal();
  if (!answer.ok)
    await comesTrue(context, context.scale.patienceMs, async () => (await unmount(context.deadlineMs)).ok);
  const isGone = await comesTrue(
    context,
    context.scale.patienceMs,
    async () => (await mountsAt(context, volume.path)).length === 0,
  );
  context.check(
    "The volume is unmounted once the trouble is over.",
    isGone,
    isGone ? "nothing is mounted" : "it is still mounted",
  );
  await checkRemovable(context, volume.name);
}

async function forgetsLostCallers(context: CaseContext): Promise<void> {
  const volume = await unmountedVolume(context);
  const heal = await breakBackEnd(context, "mount-hangs");
  const id = context.mountId();
  const answer = await context.driver.call("Mount", { Name: volume.name, ID: id }, { abandonAfterMs: GONE_AFTER_MS });
  if (answer.ok) context.skip("mounts do not hang with this fault: Mount was answered with a path");
  await heal();
  await checkNobodyElse(context, volume, id);
}
