import { finds } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { leaveMark, readMark, viewOf } from "../sight.ts";

/** Rounds of a random case for each kill. */
const ROUNDS_PER_KILL = 25;
const FILES = 500;
const FEWEST_KILLS = 4;

/** Remove that is cut short. */
export const interruptionCases: readonly VolumeCase[] = [
  {
    id: "R08",
    title: "A driver that is killed during Remove leaves all of the volume or nothing",
    severity: "high",
    action:
      "Kills the driver during Remove, ever closer to the moment at which the volume goes; starts it again, looks into the volume and removes it again.",
    requirement: "Where Get still finds the volume all its files are there; the second Remove succeeds.",
    reason:
      "An engine keeps a volume whose Remove got no answer. Half of one is worse than none: the next container takes what it finds for its data.",
    needs: ["mounts", "process"],
    run: killedDuringRemove,
  },
];

/** Halves the time between a kill that left the volume and one that did not, or that came when all was over. */
async function killedDuringRemove(context: CaseContext): Promise<void> {
  const kills = Math.max(FEWEST_KILLS, Math.ceil(context.scale.rounds / ROUNDS_PER_KILL));
  const usual = await context.driver.remove((await filledVolume(context)).name);
  context.demand("Remove of an unused volume succeeds.", usual.ok, told(usual));
  let earliestMs = 0;
  let latestMs = usual.durationNs / 1e6;
  let survivors = 0;
  for (let kill = 0; kill < kills; kill++) {
    const afterMs = earliestMs + (latestMs - earliestMs) * (0.25 + context.random.fraction() / 2);
    const { isThere, answeredMs } = await killedAfter(context, afterMs);
    if (isThere) survivors += 1;
    if (isThere) earliestMs = afterMs;
    else latestMs = Math.max(earliestMs, Math.min(afterMs, answeredMs));
  }
  context.observe(`killed during Remove, the volume was still there ${survivors} times of ${kills}`);
}

/** A volume with many files that is not mounted. */
async function filledVolume(context: CaseContext): Promise<{ name: string; mark: string }> {
  const { files } = viewOf(context);
  const name = await context.volume();
  const id = context.mountId();
  const path = await context.mount(name, id);
  const mark = await leaveMark(context, path);
  await files.makeDirectory(`${path}/many`);
  await files.fill(`${path}/many`, FILES);
  await context.unmount(name, id);
  return { name, mark };
}

/** Gives whether the volume was still there, and when Remove was answered, if it was. */
async function killedAfter(context: CaseContext, afterMs: number): Promise<{ isThere: boolean; answeredMs: number }> {
  const { driver, clock, signal, subject } = context;
  const { name, mark } = await filledVolume(context);
  const removing = driver.remove(name);
  await clock.sleep(afterMs, signal);
  await subject.process?.kill();
  const removed = await removing;
  await subject.process?.start();
  const isThere = finds(await driver.get(name), name);
  if (isThere) await checkWhole(context, name, mark);
  const again = await driver.remove(name);
  context.check("Remove succeeds when it is repeated.", again.ok || !isThere, told(again));
  const got = await driver.get(name);
  context.check("The volume is gone then.", !finds(got, name), told(got));
  return { isThere, answeredMs: removed.ok ? removed.durationNs / 1e6 : Number.POSITIVE_INFINITY };
}

async function checkWhole(context: CaseContext, name: string, mark: string): Promise<void> {
  const { files } = viewOf(context);
  const id = context.mountId();
  const path = await context.mount(name, id);
  const { length } = await files.list(`${path}/many`).catch(() => []);
  const text = await readMark(files, path);
  context.check(
    "A volume that is still there after a Remove that was cut short has all its files.",
    length === FILES && text === mark,
    `${length} of ${FILES} files, and its mark is ${text === mark ? "there" : "not there"}`,
  );
  await context.unmount(name, id);
}
