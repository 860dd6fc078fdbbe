import { denies, finds, refuses } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { checkKept, goodOptions } from "../exact-names.ts";
import { breakBackEnd, checkPromised } from "../trouble.ts";

const KILLS = 6;

const backEndFails: VolumeCase = {
  id: "C09",
  title: "The back end refuses",
  severity: "high",
  action: "Create while the back end makes no volumes; then, once it does again, Get and Create of the same name.",
  requirement:
    "Where Create fails there is no volume, and the second Create makes it; where it succeeds the volume can be mounted.",
  reason:
    "A volume that is noted before it is made is found by Get from then on: the engine skips Create and starts containers on nothing.",
  needs: ["back-end"],
  run: async (context) => {
    const { driver, name, check } = context;
    const volume = name();
    const heal = await breakBackEnd(context, "create-fails");
    const failed = await driver.create(volume, goodOptions(context));
    if (failed.ok) {
      await heal();
      return checkPromised(context, volume);
    }
    check("Create is refused with words while the back end makes no volumes.", refuses(failed), told(failed));
    await heal();
    const got = await driver.get(volume);
    check("Get finds no volume that could not be made.", denies(got), told(got));
    const made = await driver.create(volume, goodOptions(context));
    check("Create succeeds once the back end makes volumes again.", made.ok, told(made));
    await checkKept(context, volume);
  },
};

const killedInCreate: VolumeCase = {
  id: "C10",
  title: "Killed during Create",
  severity: "high",
  action:
    "kill -9 of the driver at moments spread over a Create, and a start; then Get, Create, Mount and Remove of the same name.",
  requirement: "Create succeeds after the start, the volume is empty and can be removed: no half of it is left.",
  reason:
    "Drivers are killed for want of memory, by an upgrade and with their host. The user's next `docker volume create` must not meet what the last one has left.",
  needs: ["process"],
  run: async (context) => {
    const usualMs = await usualCreateMs(context);
    for (let kill = 0; kill < KILLS; kill++) await killDuring(context, (usualMs * 1.5 * kill) / (KILLS - 1));
  },
};

async function usualCreateMs(context: CaseContext): Promise<number> {
  const answer = await context.driver.create(context.name(), goodOptions(context));
  context.demand("Create makes a new volume.", answer.ok, told(answer));
  return answer.durationNs / 1e6;
}

async function killDuring(context: CaseContext, afterMs: number): Promise<void> {
  const { driver, name, subject, check, clock, signal, observe } = context;
  if (!subject.process) throw new Error("the case kills the driver and does not say that it needs its process");
  const volume = name();
  const creating = driver.create(volume, goodOptions(context));
  await clock.sleep(afterMs, signal);
  await subject.process.kill();
  const first = await creating;
  await subject.process.start();
  const got = await driver.get(volume);
  if (first.ok) check("A volume whose Create was answered is there after a kill.", finds(got, volume), told(got));
  else observe(`after a kill during Create the volume is ${finds(got, volume) ? "there" : "not there"}`);
  const again = await driver.create(volume, goodOptions(context));
  check("Create succeeds after the driver was killed during it.", again.ok, told(again));
  await checkKept(context, volume);
  await checkEmpty(context, volume);
  const removed = await driver.remove(volume);
  check("The volume can be removed.", removed.ok, told(removed));
}

async function checkEmpty(context: CaseContext, volume: string): Promise<void> {
  const { mount, unmount, mountId, subject, check } = context;
  const id = mountId();
  const directory = await mount(volume, id);
  const listed = (await subject.mounts?.files.list(directory)) ?? [];
  // mke2fs makes it.
  const files = listed.filter((file) => file !== "lost+found");
  check("The volume is empty.", files.length === 0, files.slice(0, 10).join() || "it is");
  await unmount(volume, id);
}

export const interruptedCreateCases = { backEndFails, killedInCreate };
