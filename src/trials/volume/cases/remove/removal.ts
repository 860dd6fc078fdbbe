import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { denies, finds, refuses, volumesIn } from "../answers.ts";
import { leaveMark, markedVolume, checkMark, viewOf } from "../sight.ts";
import { atOnce } from "../waiting.ts";

/** Remove and what is left of the name. */
export const removalCases: readonly VolumeCase[] = [
  {
    id: "R01",
    title: "A removed volume is gone, and its name starts empty",
    severity: "critical",
    action:
      "Writes into a volume, unmounts and removes it; asks Get and List; creates the name again and looks into it.",
    requirement:
      "Remove succeeds, Get denies it, List does not have it, and a new volume of that name has nothing in it.",
    reason:
      "An engine forgets what it has removed. Data that comes back under the old name goes to whoever chooses that name next.",
    needs: [],
    original: [6],
    run: goesAndStartsEmpty,
  },
  {
    id: "R02",
    title: "A mounted volume is not removed",
    severity: "critical",
    action: "Removes a volume that is mounted, reads a file in it, unmounts and removes it again.",
    requirement:
      "Remove is refused with an error, the mount and its data are as before, and Remove succeeds after Unmount.",
    reason:
      "An engine asks only for its own containers. Another engine, or one that was restarted, has the driver as its only guard; drivers that delete below the mount point delete on the server.",
    needs: ["mounts"],
    run: staysWhileMounted,
  },
  {
    id: "R03",
    title: "Remove of a missing volume is always answered in one way",
    severity: "medium",
    action: "Removes a name that never was, and one that has just been removed, several times each.",
    requirement: "All answers are successes, or all are errors in words; nothing is made on the way.",
    reason: "An engine retries a Remove whose connection broke; what came of the first one must not decide.",
    needs: [],
    run: missingIsOneAnswer,
  },
  {
    id: "R04",
    title: "Many Removes at once have one effect",
    severity: "medium",
    action: "Removes one volume by many calls at once, then creates and removes it again.",
    requirement: "Each is answered, one at least with success; the volume is gone and the name is free.",
    reason: "Two command lines, or a retry beside its first attempt, remove the same volume at one moment.",
    needs: [],
    run: removedAtOnce,
  },
];

async function goesAndStartsEmpty(context: CaseContext): Promise<void> {
  const { driver, subject } = context;
  const name = await context.volume();
  const before = subject.mounts ? await writtenAndUnmounted(context, name) : undefined;
  const removed = await driver.remove(name);
  context.demand("Remove of an unused volume succeeds.", removed.ok, told(removed));
  const got = await driver.get(name);
  context.check("Get denies the volume that was removed.", denies(got), told(got));
  const listed = await driver.list();
  const isListed = volumesIn(listed).some((volume) => volume.name === name);
  context.check("List does not have the volume that was removed.", listed.ok && !isListed, told(listed));
  const again = await driver.create(name, subject.options.good);
  context.demand("The name can be created again.", again.ok, told(again));
  if (before) await checkEmpty(context, name, before);
}

/** Gives what a new volume has in it. */
async function writtenAndUnmounted(context: CaseContext, name: string): Promise<string[]> {
  const id = context.mountId();
  const path = await context.mount(name, id);
  const fresh = await viewOf(context).files.list(path);
  await leaveMark(context, path);
  await context.unmount(name, id);
  return fresh;
}

async function checkEmpty(context: CaseContext, name: string, fresh: readonly string[]): Promise<void> {
  const path = await context.mount(name, context.mountId());
  const now = await viewOf(context).files.list(path);
  const left = now.filter((entry) => !fresh.includes(entry));
  context.check(
    "The new volume has nothing of the old one.",
    left.length === 0,
    `in it: ${now.join(", ") || "nothing"}`,
  );
}

async function staysWhileMounted(context: CaseContext): Promise<void> {
  const { driver } = context;
  const volume = await markedVolume(context);
  const early = await driver.remove(volume.name);
  context.check("Remove of a mounted volume is refused with an error.", refuses(early), told(early));
  await checkMark(context, "The data is there after that Remove.", volume);
  const got = await driver.get(volume.name);
  context.check("Get still finds the volume.", finds(got, volume.name), told(got));
  await context.unmount(volume.name, volume.id);
  const id = context.mountId();
  const path = await context.mount(volume.name, id);
  await checkMark(context, "The data is there at the next Mount.", { path, mark: volume.mark });
  await context.unmount(volume.name, id);
  const late = await driver.remove(volume.name);
  context.check("Remove succeeds after the last Unmount.", late.ok, told(late));
}

async function missingIsOneAnswer(context: CaseContext): Promise<void> {
  const { driver, scale } = context;
  const removed = await context.volume();
  const first = await driver.remove(removed);
  context.demand("Remove of an unused volume succeeds.", first.ok, told(first));
  const answers = [];
  for (const name of [context.name(), removed])
    for (let round = 0; round < scale.repeats; round++) answers.push(await driver.remove(name));
  const successes = answers.filter(({ ok }) => ok).length;
  const clean = answers.every((answer) => answer.ok || refuses(answer));
  const odd = answers.find((answer) => !answer.ok && !refuses(answer)) ?? answers.find(({ ok }) => !ok);
  context.check("Each answer is a success or an error in words.", clean, odd ? told(odd) : "all succeed");
  context.check(
    "All Removes of what is not there are answered in one way.",
    successes === 0 || successes === answers.length,
    `${successes} of ${answers.length} succeed`,
  );
  context.observe(successes > 0 ? "Remove of a missing volume succeeds" : "Remove of a missing volume is an error");
  const got = await driver.get(removed);
  context.check("Get denies the volume all the same.", denies(got), told(got));
}

async function removedAtOnce(context: CaseContext): Promise<void> {
  const { driver, scale, subject } = context;
  const name = await context.volume();
  const calls = Array.from({ length: scale.concurrency }, () => name);
  const answers = await atOnce(calls, scale.concurrency, (each) => driver.remove(each));
  const silent = answers.find((answer) => !answer.ok && !refuses(answer));
  context.check("Each of them is answered.", silent === undefined, silent ? told(silent) : `${answers.length} answers`);
  const successes = answers.filter(({ ok }) => ok).length;
  context.check("One of them at least succeeds.", successes > 0, `${successes} of ${answers.length} succeed`);
  const got = await driver.get(name);
  context.check("Get denies the volume afterwards.", denies(got), told(got));
  const again = await driver.create(name, subject.options.good);
  context.check("The name can be created again.", again.ok, told(again));
  const found = await driver.get(name);
  context.check("No Remove of before takes the new volume.", finds(found, name), told(found));
}
