import { type Answer, isObject } from "../../client.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { goodOptions } from "../exact-names.ts";
import { takeStock } from "../stock.ts";
import { watchLife, whereOffered } from "../vital.ts";
import { atOnce } from "../waiting.ts";
import { createBodyMaker, type OddBody } from "./odd-bodies.ts";

/** Requests of a round of `scale.rounds`. */
const REQUESTS_PER_ROUND = 10;
/** Memory that a driver's own collector may be behind with, and no driver that forgets what is over needs. */
const GROWTH_LIMIT_BYTES = 96 * 2 ** 20;
/** Beside those of the connections that are in use. */
const DESCRIPTOR_GROWTH_LIMIT = 50;

/** Status 4xx or 5xx, a JSON object and words in its Err: an error that engines and Podman can both read. */
export function refusesProperly({ status = 0, json, error }: Answer): boolean {
  return status >= 400 && status < 600 && isObject(json) && error !== "";
}

const malformedBodies: VolumeCase = {
  id: "P06",
  title: "Bodies that are not JSON",
  severity: "high",
  action:
    "JSON that is broken, cut, followed by more, no object, or not UTF-8, in every call; then thousands of bodies made from right ones by chance.",
  requirement:
    "Each is refused with a status of 4xx or 5xx and an Err in JSON; nothing is done, the driver lives and does not grow.",
  reason:
    "Go readers stop after the first JSON value and others replace bytes that are no UTF-8: two names become one. An error that is no JSON reaches a user of Podman as a decoding error.",
  needs: [],
  run: async (context) => {
    const lives = watchLife(context);
    const bodies = await bodiesByMethod(context);
    const isUnchanged = await takeStock(context);
    for (const [method, body] of bodies) await tryMalformed(context, method, body);
    await lives("malformed bodies");
    await isUnchanged("Malformed bodies have done nothing.");
    await fuzzBodies(context, context.scale.rounds * REQUESTS_PER_ROUND);
    await lives("bodies made by chance");
  },
};

/** A right body for each call, with a volume that is there and mounted. */
async function bodiesByMethod(context: CaseContext): Promise<Map<string, string>> {
  const { name, volume, mount, mountId } = context;
  const [Name, ID] = [await volume(), mountId()];
  await mount(Name, ID);
  const bodies = {
    Create: { Name: name(), Opts: goodOptions(context) },
    Get: { Name },
    Path: { Name },
    Mount: { Name, ID },
    Unmount: { Name, ID },
    Remove: { Name },
  };
  return new Map(Object.entries(bodies).map(([method, body]) => [method, JSON.stringify(body)]));
}

function malformedFrom(body: string): Record<string, string | Buffer> {
  const bytes = Buffer.from(body);
  const inName = bytes.indexOf('":"') + 4;
  return {
    "broken JSON": body.replace(":", "="),
    "JSON that is cut": body.slice(0, body.length - 2),
    "single quotes": body.replaceAll('"', "'"),
    "an empty list": "[]",
    "a text": '"x"',
    "a number": "7",
    null: "null",
    "text behind the JSON": `${body} and more`,
    "two JSON values": `${body}\n${body}`,
    "a byte that is no UTF-8": Buffer.concat([bytes.subarray(0, inName), Buffer.of(0xff), bytes.subarray(inName)]),
    "only white space": " \n",
  };
}

async function tryMalformed(context: CaseContext, method: string, right: string): Promise<void> {
  const { driver, check, observe } = context;
  const path = `/VolumeDriver.${method}`;
  for (const [words, body] of Object.entries(malformedFrom(right))) {
    const answer = await driver.request({ path, body });
    const what = `A body that is malformed (${words}) is refused with a status of 4xx or 5xx and an Err in JSON.`;
    check(what, refusesProperly(answer), `${method}: ${told(answer)}`);
  }
  if (method !== "Get") return;
  // RFC 8259, section 8.1: a reader may ignore it.
  const marked = await driver.request({ path, body: `\uFEFF${right}` });
  const what = "A body that begins with a byte order mark is refused in JSON, or read as if there were none.";
  check(what, marked.ok || refusesProperly(marked), told(marked));
  observe(`a byte order mark is ${marked.ok ? "ignored" : "refused"}`);
}

/**
 * Sends so many bodies made by chance, as many at once as the scale says, and checks that those that are malformed are
 * refused, that nothing stays unanswered, and where the driver is a process of the suite that it has not grown.
 */
async function fuzzBodies(context: CaseContext, requests: number): Promise<void> {
  const { random, scale, subject, observe, check } = context;
  const make = createBodyMaker(random.fork("bodies"), { name: context.name, mountId: context.mountId });
  const warmUp = Math.ceil(requests / 10);
  await sendMany(context, warmUp, make);
  const before = await whereOffered(() => subject.process?.usage());
  await sendMany(context, requests - warmUp, make);
  const after = await whereOffered(() => subject.process?.usage());
  observe(`bodies made by chance: ${requests}, ${scale.concurrency} at once`);
  if (!before || !after) return;
  const grownBytes = after.residentBytes - before.residentBytes;
  const grownMiB = `from ${mebibytes(before.residentBytes)} to ${mebibytes(after.residentBytes)} MiB`;
  check("Thousands of bad bodies leave no more than 96 MiB behind.", grownBytes <= GROWTH_LIMIT_BYTES, grownMiB);
  const opened = after.descriptors - before.descriptors;
  const isClosed = opened <= DESCRIPTOR_GROWTH_LIMIT + scale.concurrency;
  check("Bad bodies leave no descriptors open.", isClosed, `from ${before.descriptors} to ${after.descriptors}`);
}

/** Bodies are made as they are sent: 100,000 at a time would be much memory. */
async function sendMany(context: CaseContext, count: number, make: () => OddBody): Promise<void> {
  const { driver, scale, check } = context;
  await atOnce(Array.from({ length: count }), scale.concurrency, async () => {
    const { method, body, isMalformed } = make();
    const answer = await driver.request({ path: `/VolumeDriver.${method}`, body });
    const seen = () => `${method} with ${shownBody(body)}: ${told(answer)}`;
    const isAnswered = answer.silence === undefined && isObject(answer.json);
    context.demand("Every body gets an answer in JSON.", isAnswered, isAnswered ? "it does" : seen());
    if (!isMalformed) return;
    const right = refusesProperly(answer);
    check(
      "A body made by chance that is malformed is refused with 4xx or 5xx and an Err.",
      right,
      right ? "it is" : seen(),
    );
  });
}

function shownBody(body: Buffer): string {
  return body.length > 200 ? `${body.subarray(0, 200).toString("latin1")}...` : body.toString("latin1");
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

export const malformedCases = { malformedBodies };
