import { volumesIn } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { checkMark, markedVolume, mountsAt, toldMount } from "../sight.ts";
import { breakBackEnd } from "../trouble.ts";
import { atOnce, seconds } from "../waiting.ts";

const STOPPED_WITHIN_MS = 10_000;
const LISTENS_WITHIN_MS = 10_000;
const ACTIVATED_WITHIN_MS = 1000;

/** How a driver ends, begins, and keeps to itself. */
export const stoppingCases: readonly VolumeCase[] = [
  {
    id: "X07",
    title: "SIGTERM while a Mount hangs",
    severity: "high",
    action:
      "Stops the driver with SIGTERM while a Mount hangs and another volume is in use; heals, starts it, mounts again.",
    requirement:
      "It ends within 10 s, the Mount gets an end, the volume in use is served all the time, and both volumes can be used and removed afterwards.",
    reason:
      "A managed driver is killed 10 s after SIGTERM. One that unmounts on its way out takes volumes from containers that run on.",
    needs: ["mounts", "process", "back-end"],
    run: stopsWhileMounting,
  },
  {
    id: "X08",
    title: "Very many volumes do not delay the first answer",
    severity: "high",
    action: "Makes very many volumes, stops the driver, starts it and measures the time to its first answer.",
    requirement: "It answers within 10 s of its start, Plugin.Activate then within 1 s, and List has all volumes.",
    reason: "An engine gives a managed driver about 10 s to listen; the engine's own start waits for all its drivers.",
    needs: ["process"],
    run: startsWithMany,
  },
  {
    id: "X13",
    title: "A second instance on the same state is refused",
    severity: "medium",
    action: "Starts the driver again on the same state and root with another socket, while the first one runs.",
    requirement: "The second one ends with a message or waits and serves nobody, and the first one goes on serving.",
    reason:
      "Two processes that count the same mounts unmount each other's, and the state is that of whoever wrote last.",
    needs: ["process"],
    run: refusesSecond,
  },
];

async function stopsWhileMounting(context: CaseContext): Promise<void> {
  const { driver, subject } = context;
  const used = await markedVolume(context);
  const name = await context.volume();
  const id = context.mountId();
  const heal = await breakBackEnd(context, "mount-hangs");
  const mounting = driver.mount(name, id);
  // Answered on another connection, so the Mount has been sent before.
  await driver.get(name);
  const tookMs = await subject.process?.stop(STOPPED_WITHIN_MS);
  const stopSeen = tookMs === undefined ? "it had to be killed" : `after ${seconds(tookMs)}`;
  context.check("It ends within 10 s of SIGTERM.", tookMs !== undefined, stopSeen);
  const answer = await mounting;
  context.check("The Mount that hung gets an end.", answer.silence !== "late", told(answer));
  await checkMark(context, "The volume in use is served while the driver is stopped.", used);
  await heal();
  await subject.process?.start();
  await checkMark(context, "The volume in use is served after the start.", used);
  await checkOneMount(context, name);
  await context.unmount(used.name, used.id);
  // An engine sends no Unmount for a Mount that failed; this one ends what the driver may have finished.
  await driver.unmount(name, id);
  for (const volume of [used.name, name]) {
    const removed = await driver.remove(volume);
    context.check("Remove succeeds in the end.", removed.ok, told(removed));
  }
}

async function checkOneMount(context: CaseContext, name: string): Promise<void> {
  const id = context.mountId();
  const path = await context.mount(name, id);
  const mounts = await mountsAt(context, path);
  context.check(
    "The volume whose Mount hung is mounted once.",
    mounts.length === 1,
    mounts.map(toldMount).join("; ") || "no mount",
  );
  await context.unmount(name, id);
}

async function startsWithMany(context: CaseContext): Promise<void> {
  const { driver, scale, subject } = context;
  const names = Array.from({ length: scale.volumes }, () => context.name());
  const made = await atOnce(names, scale.concurrency, (name) => driver.create(name, subject.options.good));
  const refused = made.find(({ ok }) => !ok);
  context.demand("Create makes all volumes.", refused === undefined, refused ? told(refused) : `${names.length} made`);
  await subject.process?.stop();
  const tookMs = (await subject.process?.start()) ?? 0;
  context.check(
    "The first answer comes within 10 s of the start.",
    tookMs < LISTENS_WITHIN_MS,
    `after ${seconds(tookMs)}`,
  );
  const activated = await driver.activate();
  const activeMs = activated.durationNs / 1e6;
  context.check(
    "Plugin.Activate is answered within 1 s.",
    activated.ok && activeMs < ACTIVATED_WITHIN_MS,
    `${told(activated)} after ${seconds(activeMs)}`,
  );
  context.timed({ call: "start", load: `${names.length} volumes`, valuesNs: [tookMs * 1e6] });
  const listed = new Set(volumesIn(await driver.list()).map(({ name }) => name));
  const missing = names.filter((name) => !listed.has(name));
  context.check("List has all of them.", missing.length === 0, `${missing.length} of ${names.length} are missing`);
}

async function refusesSecond(context: CaseContext): Promise<void> {
  const { driver, subject, check, observe } = context;
  if (!subject.process) throw new Error("the case starts a driver and does not say that it needs its process");
  const name = await context.volume();
  await using second = await subject.process.second();
  const { ended, isServing } = second;
  const seen = isServing ? "it runs and answers" : (ended ?? "it runs and is silent");
  check("The second instance serves nobody.", !isServing, seen);
  check("Where it ends it says why.", ended === undefined || ended.split("\n").length > 1, seen);
  if (ended === undefined && !isServing) observe("a second instance waits for the end of the first");
  const got = await driver.get(name);
  context.check("The first instance goes on serving.", got.ok, told(got));
}
