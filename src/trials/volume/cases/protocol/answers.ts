import { type Answer, isObject } from "../../client.ts";
import type { VolumeOptions } from "../../model.ts";
import { denies } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { goodOptions } from "../exact-names.ts";
import { refusesProperly } from "./malformed.ts";

const failures: VolumeCase = {
  id: "P12",
  title: "How failure is said",
  severity: "high",
  action:
    "Calls that fail: volumes that are missing or in use, names and options that are none, bodies that are no JSON.",
  requirement: "Each failure has a status of 4xx or 5xx and a JSON body with words in Err.",
  reason:
    "Podman takes status 200 for success whatever Err says, so that a container starts without its volume; and an error that is no JSON reaches its user as a decoding error. Only both together are understood by all.",
  needs: [],
  run: async (context) => {
    const { driver, check } = context;
    for (const [words, send] of Object.entries(failingCalls(context))) {
      const answer = await send();
      const isFailure = !answer.ok && answer.silence === undefined;
      const what = "A call that fails is answered with a status of 4xx or 5xx and an Err in JSON.";
      if (isFailure) check(what, refusesProperly(answer), `${words}: ${told(answer)}`);
    }
    const missing = await driver.mount(context.name(), context.mountId());
    check("Mount of a volume that is missing fails.", !missing.ok, told(missing));
    const got = await driver.get(context.name());
    check("Get of a volume that is missing finds none.", denies(got), told(got));
  },
};

/** Some of them may succeed: how a missing volume is removed is not judged here. */
function failingCalls(context: CaseContext): Record<string, () => Promise<Answer>> {
  const { driver, name, mountId, volume, mount, subject } = context;
  const create = (options: VolumeOptions) => () => driver.create(name(), { ...subject.options.good, ...options });
  return {
    "Get of a missing volume": () => driver.get(name()),
    "Path of a missing volume": () => driver.path(name()),
    "Mount of a missing volume": () => driver.mount(name(), mountId()),
    "Unmount of a missing volume": () => driver.unmount(name(), mountId()),
    "Remove of a missing volume": () => driver.remove(name()),
    "Remove of a mounted volume": async () => {
      const used = await volume();
      await mount(used, mountId());
      return driver.remove(used);
    },
    "Create without a name": () => driver.create("", goodOptions(context)),
    "Create with an option that nobody knows": create({ "seatrial-unknown": "x" }),
    "Create with a slash in the name": () => driver.create(`${name()}/x`, goodOptions(context)),
    "Create with a name that is too long": () => driver.create(name() + "x".repeat(5000), goodOptions(context)),
    "Get with a body that is no JSON": () => driver.request({ path: "/VolumeDriver.Get", body: "{" }),
    "Mount with a name that is no text": () => driver.call("Mount", { Name: [], ID: mountId() }),
    ...Object.fromEntries(subject.options.bad.map((bad) => [`Create with ${Object.keys(bad).join()}`, create(bad)])),
  };
}

const successes: VolumeCase = {
  id: "P13",
  title: "How success is said",
  severity: "high",
  action: "The whole life of a volume, every answer looked at.",
  requirement:
    "Each success has status 200, an Err that is empty or absent, and fields that the protocol has, of the right kind.",
  reason:
    "The engine decodes into fixed types: a number where it wants a text makes the whole answer unreadable, and a Get that cannot be read means that the volume does not exist.",
  needs: [],
  run: async (context) => {
    for (const [words, answer] of await lifeOfVolume(context)) {
      const { check } = context;
      const isSuccess = answer.status === 200 && answer.ok;
      check("A call that should succeed has status 200 and no Err.", isSuccess, `${words}: ${told(answer)}`);
      const oddities = answer.ok ? odditiesOf(answer.json, ANSWER, words) : [];
      const seen = oddities.length === 0 ? "it does" : `${oddities.join("; ")}: ${told(answer)}`;
      check("Every answer has the fields of the protocol only, of the right kind.", oddities.length === 0, seen);
    }
  },
};

async function lifeOfVolume(context: CaseContext): Promise<(readonly [string, Answer])[]> {
  const { driver, name, mountId } = context;
  const [volume, id] = [name(), mountId()];
  const answers: (readonly [string, Answer])[] = [];
  const ask = async (words: string, answer: Promise<Answer>) => void answers.push([words, await answer]);
  await ask("Activate", driver.activate());
  const capabilities = await driver.capabilities();
  if (capabilities.status !== 404) answers.push(["Capabilities", capabilities]);
  await ask("Create", driver.create(volume, goodOptions(context)));
  await ask("Get before Mount", driver.get(volume));
  await ask("List before Mount", driver.list());
  await ask("Mount", driver.mount(volume, id));
  await ask("Get while mounted", driver.get(volume));
  await ask("List while mounted", driver.list());
  await ask("Path while mounted", driver.path(volume));
  await ask("Unmount", driver.unmount(volume, id));
  await ask("Remove", driver.remove(volume));
  await ask("List after Remove", driver.list());
  return answers;
}

type Kind = "text" | "object" | "texts" | { each: Shape } | { has: Shape };
type Shape = Readonly<Record<string, Kind>>;

const VOLUME: Shape = { Name: "text", Mountpoint: "text", CreatedAt: "text", Status: "object" };
/** Of all calls: libraries of old answer each with the fields of all. */
const ANSWER: Shape = {
  Err: "text",
  Implements: "texts",
  Capabilities: { has: { Scope: "text" } },
  Mountpoint: "text",
  Volume: { has: VOLUME },
  Volumes: { each: VOLUME },
};

/** Fields that are unknown or of the wrong kind; their names in any case, and `null` for any kind, as Go decodes. */
function odditiesOf(value: unknown, shape: Shape, at: string): string[] {
  if (!isObject(value)) return [`${at} is no object`];
  return Object.entries(value).flatMap(([key, inner]) => {
    const kind = Object.entries(shape).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
    if (kind === undefined) return [`${at} has a field ${key}`];
    return inner === null ? [] : oddKind(inner, kind, `${key} in ${at}`);
  });
}

function oddKind(value: unknown, kind: Kind, at: string): string[] {
  if (kind === "text") return typeof value === "string" ? [] : [`${at} is no text`];
  if (kind === "object") return isObject(value) ? [] : [`${at} is no object`];
  if (kind !== "texts" && "has" in kind) return odditiesOf(value, kind.has, at);
  if (!Array.isArray(value)) return [`${at} is no list`];
  const each = kind === "texts" ? "text" : ({ has: kind.each } as const);
  return value.flatMap((item) => oddKind(item, each, at));
}

export const answerCases = { failures, successes };
