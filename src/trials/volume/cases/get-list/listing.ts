import { type CaseContext, told, type VolumeCase } from "../case.ts";
import type { Answer, DriverClient } from "../../client.ts";
import { denies, finds, member, type ToldVolume, volumeIn, volumesIn } from "../answers.ts";
import { goodOptions } from "../exact-names.ts";
import { atOnce, seconds } from "../waiting.ts";

/** Podman gives a call so long; Docker Engine gives Get and List 60 s. */
const PODMAN_MS = 5000;
const ENGINE_MS = 60_000;
/** Connections that P14 asks of every driver. */
const CONNECTIONS = 200;
/** More memory than this for a few lists is not the list's. */
const MEMORY_BYTES = 128 * 2 ** 20;
/** What Go's `time.Time` reads from JSON. */
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** What Get and List say of the volumes there are. */
export const listingCases: readonly VolumeCase[] = [
  {
    id: "G01",
    title: "List has every volume once and nothing else",
    severity: "high",
    action: "Makes three volumes, lists, asks Get for what the list has, removes one and lists again.",
    requirement: "Every volume is listed exactly once, a removed one no more, and nothing is listed that is no volume.",
    reason:
      "`volume ls` and `volume prune` show and remove what List has: a directory of the driver's own among it is offered for removal, a volume that is missing is taken for lost.",
    needs: [],
    original: [3],
    run: listsVolumesOnly,
  },
  {
    id: "G02",
    title: "Get tells of a volume in the form that engines decode",
    severity: "critical",
    action: "Makes a volume and asks Get and List for it.",
    requirement:
      "The name is the one that was asked for, CreatedAt is absent or RFC 3339, Mountpoint is absent or text, Status is absent or an object.",
    reason:
      "An engine adopts the name of the answer; where CreatedAt is any other text it cannot decode the answer, takes the volume for missing and drops its labels and options.",
    needs: [],
    run: tellsDecodably,
  },
  {
    id: "G03",
    title: "Get of a volume that is not there says so at once",
    severity: "high",
    action: "Asks Get for a name that never was and for one that was removed.",
    requirement: "The answer is JSON with an error, or with a Volume that is null, and comes within 5 s.",
    reason:
      "Engines ask Get before every Create: without an answer they retry for 15 s, with a volume in it they never call Create, and Podman waits 5 s only.",
    needs: [],
    run: deniesMissing,
  },
  {
    id: "G09",
    title: "All volumes are known right after a start",
    severity: "critical",
    action: "Makes very many volumes, stops and starts the driver, and asks Get for all of them, 200 at once.",
    requirement: "Each is found.",
    reason:
      "An engine that starts asks Get for every volume it knows, several at once; each that is answered with an error loses its labels and options, and `run -v` then makes a local volume of that name on the host's disk.",
    needs: ["process"],
    run: knowsAllAfterStart,
  },
  {
    id: "G10",
    title: "List of very many volumes is quick and whole",
    severity: "high",
    action: "Makes very many volumes and lists them several times.",
    requirement:
      "Each list has all of them once and comes within 5 s, within 60 s for more than 1,000; memory stays bounded.",
    reason:
      "Podman ends a call after 5 s and Docker Engine after 60 s; `volume ls` then shows none of the driver's volumes.",
    needs: [],
    run: listsVeryMany,
  },
];

async function listsVolumesOnly(context: CaseContext): Promise<void> {
  const { driver, subject } = context;
  const made = [await context.volume(), await context.volume(), await context.volume()];
  const [first = ""] = made;
  const listed = await list(context, driver);
  for (const name of made) checkOnce(context, listed, name);
  for (const name of listed.slice(0, 100).map((volume) => String(volume.name))) {
    const answer = await driver.get(name);
    context.check("What List has is a volume to Get as well.", finds(answer, name), `${name}: ${told(answer)}`);
  }
  const removed = await driver.remove(first);
  context.demand("Remove of a volume that nobody uses succeeds.", removed.ok, told(removed));
  const left = await list(context, driver);
  context.check("A removed volume is not listed.", timesIn(left, first) === 0, namesOf(left));
  if (!subject.fresh) return;
  const fresh = await subject.fresh();
  context.defer(async () => fresh[Symbol.asyncDispose]());
  await listsNothingOfItsOwn(context, fresh.client());
}

/** On a driver that nobody else uses each name is known. */
async function listsNothingOfItsOwn(context: CaseContext, driver: DriverClient): Promise<void> {
  context.defer(async () => driver.close());
  const empty = await list(context, driver);
  context.check("A driver without volumes lists none.", empty.length === 0, namesOf(empty));
  const name = context.name();
  const id = context.mountId();
  await driver.create(name, goodOptions(context));
  await driver.mount(name, id);
  const used = await list(context, driver);
  context.check("A driver with one mounted volume lists just this.", namesOf(used) === name, namesOf(used));
  await driver.unmount(name, id);
  await driver.remove(name);
  const after = await list(context, driver);
  context.check("A driver whose only volume was removed lists none.", after.length === 0, namesOf(after));
}

async function tellsDecodably(context: CaseContext): Promise<void> {
  const name = await context.volume();
  const answer = await context.driver.get(name);
  context.demand("Get finds a volume that was made.", volumeIn(answer) !== undefined, told(answer));
  const entry = (await list(context, context.driver)).find((volume) => volume.name === name);
  for (const volume of [volumeIn(answer), entry]) {
    if (!volume) continue;
    context.check("The name is the one that was asked for, byte by byte.", volume.name === name, seenIn(volume));
    context.check("CreatedAt is absent or a time of RFC 3339.", isTime(volume.createdAt), seenIn(volume));
    context.check("Mountpoint is absent or text.", isAbsentOr("string", volume.mountpoint), seenIn(volume));
    context.check(
      "Status is absent or a JSON object.",
      isAbsentOr("object", volume.status) && !Array.isArray(volume.status),
      seenIn(volume),
    );
  }
  context.observe(
    `Get ${volumeIn(answer)?.createdAt === undefined ? "does not tell" : "tells"} when a volume was made`,
  );
}

async function deniesMissing(context: CaseContext): Promise<void> {
  const removed = await context.volume();
  const answer = await context.driver.remove(removed);
  context.demand("Remove of a volume that nobody uses succeeds.", answer.ok, told(answer));
  for (const name of [context.name(), removed]) {
    const missing = await context.driver.get(name);
    context.check(
      "Get of a missing volume is answered with an error or with no volume.",
      denies(missing),
      told(missing),
    );
    context.check("The answer is JSON.", missing.json !== undefined, told(missing));
    context.check(
      "The answer comes within 5 s.",
      missing.durationNs < PODMAN_MS * 1e6,
      `after ${seconds(missing.durationNs / 1e6)}`,
    );
  }
}

async function knowsAllAfterStart(context: CaseContext): Promise<void> {
  const { process } = context.subject;
  if (!process) throw new Error("the case restarts the driver and does not say that it needs to");
  const names = await makeVeryMany(context);
  await process.stop();
  await process.start();
  const answers = await atOnce(names, CONNECTIONS, (name) => context.driver.get(name));
  for (const [index, answer] of answers.entries()) {
    const name = names[index] ?? "";
    context.check("Each volume is found right after the start.", finds(answer, name), `${name}: ${told(answer)}`);
  }
  context.timed({
    call: "Get",
    load: "200 at once after a start",
    valuesNs: answers.map(({ durationNs }) => durationNs),
  });
}

async function listsVeryMany(context: CaseContext): Promise<void> {
  const { driver, subject, scale } = context;
  const names = await makeVeryMany(context);
  const limitMs = names.length > 1000 ? ENGINE_MS : PODMAN_MS;
  const before = await subject.process?.usage();
  const answers: Answer[] = [];
  for (let round = 0; round < scale.repeats; round++) {
    const answer = await driver.request({
      path: "/VolumeDriver.List",
      body: "{}\n",
      deadlineMs: Math.max(limitMs, context.deadlineMs),
    });
    answers.push(answer);
    const durationMs = answer.durationNs / 1e6;
    context.check(`List comes within ${seconds(limitMs)}.`, durationMs < limitMs, `after ${seconds(durationMs)}`);
    const counts = countNames(volumesIn(answer));
    const wrong = names.filter((name) => counts.get(name) !== 1);
    context.check(
      "List has each of very many volumes once.",
      answer.ok && wrong.length === 0,
      answer.ok ? `${counts.size} names, ${wrong.length} of ${names.length} missing or repeated` : told(answer),
    );
  }
  context.timed({
    call: "List",
    load: `${names.length} volumes`,
    valuesNs: answers.map(({ durationNs }) => durationNs),
  });
  const after = await subject.process?.usage();
  if (!before || !after) return;
  const grownBytes = after.residentBytes - before.residentBytes;
  const seen = `${(grownBytes / 2 ** 20).toFixed(1)} MiB more`;
  context.check("Memory grows by less than 128 MiB.", grownBytes < MEMORY_BYTES, seen);
}

async function makeVeryMany(context: CaseContext): Promise<string[]> {
  const { scale } = context;
  return atOnce(Array.from({ length: scale.volumes }), scale.concurrency, () => context.volume());
}

async function list(context: CaseContext, driver: DriverClient): Promise<ToldVolume[]> {
  const answer = await driver.list();
  // Go's drivers write a list without elements as null.
  const isList = answer.ok && Array.isArray(member(answer.json, "Volumes") ?? []);
  context.demand("List answers a list of volumes.", isList, told(answer));
  return volumesIn(answer);
}

function checkOnce(context: CaseContext, listed: readonly ToldVolume[], name: string): void {
  const times = timesIn(listed, name);
  context.check("List has each volume that was made exactly once.", times === 1, `${name}: ${times} times`);
}

function timesIn(listed: readonly ToldVolume[], name: string): number {
  return listed.filter((volume) => volume.name === name).length;
}

function countNames(listed: readonly ToldVolume[]): Map<unknown, number> {
  const counts = new Map<unknown, number>();
  for (const { name } of listed) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function namesOf(listed: readonly ToldVolume[]): string {
  return listed.length === 0 ? "none" : listed.map(({ name }) => String(name)).join(", ");
}

function isTime(value: unknown): boolean {
  return value === undefined || (typeof value === "string" && RFC_3339.test(value) && !Number.isNaN(Date.parse(value)));
}

function isAbsentOr(type: "string" | "object", value: unknown): boolean {
  return value === undefined || typeof value === type;
}

function seenIn(volume: ToldVolume): string {
  return JSON.stringify(volume);
}
