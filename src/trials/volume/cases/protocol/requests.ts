import type { Answer, Request } from "../../client.ts";
import { member } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { goodOptions, goodOptionsOf, isThere, timesListed } from "../exact-names.ts";
import { watchLife } from "../vital.ts";

type Headers = NonNullable<Request["headers"]>;

const JSON_V1 = "application/vnd.docker.plugins.v1+json";
const JSON_V1_1 = "application/vnd.docker.plugins.v1.1+json";
const JSON_V1_2 = "application/vnd.docker.plugins.v1.2+json";

/** As Podman asks (containers/podman, libpod/plugin/volume_api.go), and as engines since 24 write the Host. */
const WHOLE_CALLERS: readonly (readonly [string, Headers])[] = [
  ["the headers of Podman", { Host: "plugin", Accept: JSON_V1_1, "Content-Type": JSON_V1_1 }],
  ["the Host of newer engines", { Host: "plugin.moby.localhost" }],
];

function headersOfCallers(): (readonly [string, Headers])[] {
  const accepts = [JSON_V1, JSON_V1_1, JSON_V1_2, undefined];
  const contents = ["application/json", JSON_V1_1, undefined];
  const pairs = accepts.flatMap((Accept) =>
    contents.map((content) => {
      const words = `Accept ${Accept ?? "left out"}, Content-Type ${content ?? "left out"}`;
      return [words, { Accept, "Content-Type": content }] as const;
    }),
  );
  return [...pairs, ...WHOLE_CALLERS];
}

const anyHeaders: VolumeCase = {
  id: "P03",
  title: "Headers of all callers",
  severity: "high",
  action:
    "Every call with each Accept and each Content-Type that engines have sent, and without; as Podman sends them.",
  requirement: "Every call is accepted.",
  reason:
    "Engines send no Content-Type and ask for version 1.2 of the type, Podman sends both with 1.1, and the documentation says 1: a framework that negotiates answers 406 or 415 to one of them.",
  needs: [],
  run: async (context) => {
    for (const [words, headers] of headersOfCallers()) {
      const refused = (await wholeLife(context, headers)).find(([, answer]) => !answer.ok);
      const seen = refused ? `${words}: ${refused[0]}: ${told(refused[1])}` : "they are";
      context.check("All nine calls are accepted with every Accept and Content-Type.", refused === undefined, seen);
    }
  },
};

/** Each call once, in an order in which all of them succeed. */
async function wholeLife(context: CaseContext, headers: Headers): Promise<(readonly [string, Answer])[]> {
  const { driver, name, mountId } = context;
  const [Name, ID] = [name(), mountId()];
  const bodies: Record<string, unknown> = {
    Capabilities: {},
    Create: { Name, Opts: goodOptions(context) },
    Get: { Name },
    Mount: { Name, ID },
    Path: { Name },
    Unmount: { Name, ID },
    Remove: { Name },
  };
  const answers: (readonly [string, Answer])[] = [
    ["Plugin.Activate", await driver.request({ path: "/Plugin.Activate", headers })],
    // Podman sends no body with List.
    ["List", await driver.request({ path: "/VolumeDriver.List", headers })],
  ];
  for (const [method, body] of Object.entries(bodies))
    answers.push([method, await driver.call(method, body, { headers })]);
  return answers.filter(([method, { status }]) => method !== "Capabilities" || status !== 404);
}

const fieldNames: VolumeCase = {
  id: "P09",
  title: "Fields in other letters, and fields more",
  severity: "low",
  action: "Create with the names of its fields in small letters, and with fields that nobody knows.",
  requirement: "Such fields are ignored, accepted or refused; the driver lives on and what it says is what it did.",
  reason:
    "Go, which engines are written in, takes field names in any case; and a newer engine may send more than a driver knows of.",
  needs: [],
  run: async (context) => {
    const { name } = context;
    const lives = watchLife(context);
    const lower = name();
    await checkOddCreate(context, { name: lower, words: "fields in small letters", body: lowerCase(context, lower) });
    const more = name();
    const body = { Name: more, Opts: goodOptionsOf(context, more), Labels: { a: "b" }, Depth: [1, null, { x: [] }] };
    await checkOddCreate(context, { name: more, words: "fields that nobody knows", body });
    const tricky = name();
    const trap = `{"Name":${JSON.stringify(tricky)},"Opts":${JSON.stringify(goodOptionsOf(context, tricky))},"__proto__":{"Err":"x"},"constructor":null}`;
    await checkOddCreate(context, { name: tricky, words: "fields named like parts of a language", body: trap });
    await lives("unknown fields");
  },
};

function lowerCase(context: CaseContext, name: string): Record<string, unknown> {
  return { name, opts: goodOptionsOf(context, name) };
}

interface OddCreate {
  name: string;
  /** What is odd about it. */
  words: string;
  /** A text goes as it is. */
  body: unknown;
}

/** Sends an odd Create and checks that it is answered, and that what the answer says is so. */
export async function checkOddCreate(context: CaseContext, { name, words, body }: OddCreate): Promise<void> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await context.driver.request({ path: "/VolumeDriver.Create", body: text });
  context.check("Every Create gets an answer.", answer.silence === undefined, `${words}: ${told(answer)}`);
  await checkSaidIsDone(context, { name, words, answer });
}

/** Checks that there is a volume where Create succeeded, and none where it did not. */
export async function checkSaidIsDone(
  context: CaseContext,
  { name, words, answer }: { name: string; words: string; answer: Answer },
): Promise<void> {
  const count = (await isThere(context, name)) ? await timesListed(context, name) : 0;
  const right = count === (answer.ok ? 1 : 0);
  const seen = `${words}: ${told(answer)}; List gives it ${count} times`;
  context.check("There is a volume where Create succeeded, and none where it did not.", right, seen);
  context.observe(`Create with ${words} is ${answer.ok ? "accepted" : "refused"}`);
}

const unknownCalls: VolumeCase = {
  id: "P11",
  title: "Calls that there are not",
  severity: "medium",
  action: "Methods that no version of the protocol has; known ones by GET and HEAD.",
  requirement: "The status is 404 or 405.",
  reason:
    "An engine tells a driver that lacks a call from one that fails by the status: an optional call answered with 200 and nothing in it is taken for done.",
  needs: [],
  run: async (context) => {
    const { driver, check, observe } = context;
    const lives = watchLife(context);
    const requests: Request[] = [
      { path: "/VolumeDriver.Defragment", body: "{}\n" },
      { path: "/VolumeDriver.", body: "{}\n" },
      { path: "/NetworkDriver.GetCapabilities", body: "{}\n" },
      { path: "/", body: "{}\n" },
      { path: "/VolumeDriver.List", method: "GET" },
      { path: "/VolumeDriver.List", method: "HEAD" },
      { path: "/Plugin.Activate", method: "GET" },
    ];
    for (const request of requests) {
      const { method = "POST", path } = request;
      const answer = await driver.request(request);
      // RFC 9110 has 501 for a server that does not know the method at all.
      const right = [404, 405, ...(method === "POST" ? [] : [501])].includes(answer.status ?? 0);
      check("What there is not is answered with status 404 or 405.", right, `${method} ${path}: ${told(answer)}`);
      if (method === "POST" && right)
        observe(
          `an unknown call is refused ${typeof member(answer.json, "Err") === "string" ? "with" : "without"} an Err`,
        );
    }
    await lives("unknown calls");
  },
};

export const requestCases = { anyHeaders, fieldNames, unknownCalls };
