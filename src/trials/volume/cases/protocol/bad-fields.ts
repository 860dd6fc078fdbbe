import type { Random } from "../../../../core/random.ts";
import { type Answer, isObject } from "../../client.ts";
import { denies, refuses } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { goodOptions } from "../exact-names.ts";
import { takeStock } from "../stock.ts";
import { watchLife } from "../vital.ts";
import { checkOddCreate } from "./requests.ts";

/** Calls that are about one volume. */
const METHODS = ["Create", "Get", "Path", "Mount", "Unmount", "Remove"] as const;
type Method = (typeof METHODS)[number];

const emptyBodies: VolumeCase = {
  id: "P07",
  title: "The retry with an empty body",
  severity: "critical",
  action: "Create, Get, Path, Mount, Unmount and Remove with Content-Length 0 and no body, while a volume is mounted.",
  requirement: "Each is an error in JSON, and nothing is done for a volume without a name.",
  reason:
    'When a connection breaks, the engine sends its request again; the first attempt has used up the body, so the second has none. A driver that reads that as the name "" acts on its root directory.',
  needs: [],
  run: async (context) => {
    const { driver, check, volume, mount, mountId } = context;
    const lives = watchLife(context);
    await mount(await volume(), mountId());
    const isUnchanged = await takeStock(context);
    for (const method of METHODS) {
      const answer = await driver.request({ path: `/VolumeDriver.${method}` });
      const right = refuses(answer) && isObject(answer.json);
      check("A call without a body is an error in JSON.", right, `${method}: ${told(answer)}`);
    }
    await lives("empty bodies");
    await isUnchanged("Empty bodies have done nothing.");
  },
};

/** Undefined stands for a name that is missing. */
const NO_NAMES: readonly unknown[] = [undefined, "", null, 7, true, [], {}, ["x"], { a: "x" }];

const badFields: VolumeCase = {
  id: "P08",
  title: "Fields that are missing or no text",
  severity: "high",
  action:
    "Every call with a name that is missing, empty or no text; Mount and Unmount with such IDs; Create with such options; more of them by chance.",
  requirement: "A bad name is an error in JSON. No options is as good as `null`. What is refused is not done.",
  reason:
    'At its start an engine sometimes asks for the volume "": that must not be the directory of all volumes. Without options it sends `null`.',
  needs: [],
  run: async (context) => {
    const lives = watchLife(context);
    const isUnchanged = await takeStock(context);
    for (const method of METHODS) for (const bad of NO_NAMES) await tryName(context, method, bad);
    const { random, scale } = context;
    for (let round = 0; round < scale.rounds; round++)
      await tryName(context, random.pick(METHODS), oddValue(random, 3));
    await lives("bad names");
    await isUnchanged("Calls with bad names have done nothing.");
    await tryOptions(context);
    await tryIds(context);
    await lives("bad fields");
  },
};

async function tryName(context: CaseContext, method: Method, name: unknown): Promise<void> {
  const { driver, check, mountId } = context;
  const more = method === "Create" ? { Opts: goodOptions(context) } : { ID: mountId() };
  const answer = await driver.call(method, { Name: name, ...more });
  const right = isObject(answer.json) && (method === "Get" ? denies(answer) : refuses(answer));
  const shown = JSON.stringify(name)?.slice(0, 100) ?? "no name";
  const what = "A name that is missing, empty or no text is an error in JSON.";
  check(what, right, `${method} of ${shown}: ${told(answer)}`);
}

/** Any JSON but a text that could be a name. */
function oddValue(random: Random, depth: number): unknown {
  const leaf = () => random.pick([null, true, false, 0, -1, 1e21, 0.1, ""]);
  if (depth === 0) return leaf();
  const size = random.below(4);
  const inner = () => (random.below(3) === 0 ? "x" : oddValue(random, depth - 1));
  const kinds = [
    leaf,
    () => Array.from({ length: size }, inner),
    () =>
      Object.fromEntries(
        Array.from({ length: size }, (_, at) => [random.pick(["Name", "a", "toString", `${at}`]), inner()]),
      ),
  ];
  return random.pick(kinds)();
}

/** Old engines sent no ID, so a driver may take none for one; but then it is one at Unmount too. */
async function tryIds(context: CaseContext): Promise<void> {
  const { driver, check, observe, volume } = context;
  for (const ID of [undefined, "", null, 7, {}]) {
    const Name = await volume();
    const shown = JSON.stringify(ID) ?? "no ID";
    const mounted = await driver.call("Mount", { Name, ID });
    const said = `${shown}: ${told(mounted)}`;
    check("Mount with an ID that is none is refused or done, in JSON.", isObject(mounted.json), said);
    if (mounted.ok) observe("Mount takes an ID that is none for an ID");
    await checkUndone(context, { Name, ID, shown, wasMounted: mounted.ok });
  }
}

async function checkUndone(
  { driver, check }: CaseContext,
  { Name, ID, shown, wasMounted }: { Name: string; ID: unknown; shown: string; wasMounted: boolean },
): Promise<void> {
  const unmounted = await driver.call("Unmount", { Name, ID });
  const said = `${shown}: ${told(unmounted)}`;
  check("Unmount with an ID that is none is refused or done, in JSON.", isObject(unmounted.json), said);
  check("Unmount takes every ID that Mount took.", unmounted.ok || !wasMounted, said);
  const removed = await driver.remove(Name);
  check("The volume can be removed afterwards: no reference has leaked.", removed.ok, `${shown}: ${told(removed)}`);
}

async function tryOptions(context: CaseContext): Promise<void> {
  const { driver, check, name } = context;
  if (goodOptions(context) === null) {
    for (const Opts of [null, undefined, {}]) {
      const answer: Answer = await driver.call("Create", { Name: name(), Opts });
      check(
        "Create without options, `null` or none at all, succeeds.",
        answer.ok,
        `${JSON.stringify(Opts)}: ${told(answer)}`,
      );
    }
  }
  const good = goodOptions(context) ?? {};
  const odd: Record<string, unknown> = {
    "options that are a text": "x",
    "options that are a list": [{}],
    "options that are a number": 7,
    "an option that is a number": { ...good, a: 5 },
    "an option that is an object": { ...good, a: { b: "c" } },
    "an option that is null": { ...good, a: null },
  };
  for (const [words, Opts] of Object.entries(odd)) {
    const Name = name();
    await checkOddCreate(context, { name: Name, words, body: { Name, Opts } });
  }
}

export const badFieldCases = { emptyBodies, badFields };
