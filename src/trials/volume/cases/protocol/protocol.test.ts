import fs from "node:fs";
import http from "node:http";
import { describe, expect, test } from "vitest";
import {
  type Defect,
  done,
  refusal,
  startStrictDriver,
  type StrictOptions,
} from "../../../../../test/fixtures/strict-driver.ts";
import { broken, tryCase } from "../../../../../test/fixtures/volume-lab.ts";
import type { DriverProcess, Subject } from "../../subject.ts";
import type { VolumeCase } from "../case.ts";
import { protocolCases } from "./index.ts";

const QUICK = { scale: { patienceMs: 200, rounds: 30 } };

function caseOf(id: string): VolumeCase {
  const found = protocolCases.find((one) => one.id === id);
  if (!found) throw new Error(`no case ${id}`);
  return found;
}

async function seenBroken(
  id: string,
  options: StrictOptions,
  change?: (subject: Subject) => Partial<Subject>,
): Promise<string[]> {
  await using driver = await startStrictDriver(options);
  const subject = { ...driver.subject, ...change?.(driver.subject) };
  return broken(await tryCase(caseOf(id), subject, QUICK));
}

describe("the table", () => {
  test("has P01 to P17 in order", () => {
    expect(protocolCases.map(({ id }) => id)).toEqual(
      Array.from({ length: 17 }, (_, at) => `P${String(at + 1).padStart(2, "0")}`),
    );
  });
});

describe("a driver that is right", () => {
  for (const one of protocolCases)
    test(`passes ${one.id}`, async () => {
      expect(await seenBroken(one.id, {})).toEqual([]);
    });

  test("passes P15 where it reads as far as the JSON goes", async () => {
    expect(await seenBroken("P15", { isHasty: true })).toEqual([]);
  });

  test.each(["P03", "P09", "P10", "P15"])("is given options with the volume's name in them by %s", async (id) => {
    const strange: unknown[] = [];
    const defect: Defect = ({ call, name, options }) => {
      if (call === "Create" && name !== "" && options["path"] !== `/of/${name}`) strange.push([name, options]);
      delete options["path"];
      return undefined;
    };
    const good = { path: "/of/{name}" };
    const change = ({ options }: Subject) => ({ options: { ...options, good } });
    expect(await seenBroken(id, { isHasty: true, defect }, change)).toEqual([]);
    expect(strange).toEqual([]);
  });
});

const on =
  (call: string, said: ReturnType<Defect>): Defect =>
  (asked) =>
    asked.call === call ? said : undefined;

let scopes = 0;
const alternating: Defect = ({ call }) =>
  call === "Capabilities" ? done({ Capabilities: { Scope: ["local", "global"][scopes++ % 2] } }) : undefined;

const DEFECTS: readonly [string, string, Defect, RegExp][] = [
  [
    "P01",
    "implements something else",
    on("Plugin.Activate", done({ Implements: ["NetworkDriver"] })),
    /names VolumeDriver/,
  ],
  [
    "P01",
    "wants a Content-Type",
    ({ request }) => (request.headers["content-type"] ? undefined : refusal(415, "no")),
    /names VolumeDriver/,
  ],
  [
    "P02",
    "forgets who mounts at Activate",
    ({ call }, { volumes }) => {
      if (call === "Plugin.Activate") volumes.clear();
      return undefined;
    },
    /volume is still there/,
  ],
  [
    "P03",
    "takes one version of the type only",
    ({ request }) => (request.headers["accept"]?.includes("v1+") ? refusal(406, "no") : undefined),
    /every Accept and Content-Type/,
  ],
  ["P04", "has a scope of its own", on("Capabilities", done({ Capabilities: { Scope: "Global" } })), /local or global/],
  ["P04", "has a scope that changes", alternating, /the same each time/],
  [
    "P06",
    "says with status 200 what is no JSON",
    ({ json, call }) => (json === undefined && call !== "List" ? done({}) : undefined),
    /malformed \(broken JSON\)/,
  ],
  [
    "P06",
    "replaces bytes that are no UTF-8",
    (asked, driver) => {
      if (asked.json !== undefined || asked.bytes.length === 0) return undefined;
      try {
        const json = JSON.parse(asked.bytes.toString()) as { Name: string; ID: string };
        return driver.answer({ ...asked, json, name: json.Name.replaceAll("\ufffd", "x"), id: json.ID });
      } catch {
        return undefined;
      }
    },
    /a byte that is no UTF-8/,
  ],
  [
    "P06",
    "answers a text",
    ({ json, call }) => (json === undefined && call !== "List" ? { status: 400, body: "bad request" } : undefined),
    /an Err in JSON/,
  ],
  [
    "P06",
    "drops what it cannot read now and then",
    ({ bytes }) => (bytes.includes("[[") ? "drop" : undefined),
    /Every body gets an answer in JSON/,
  ],
  [
    "P07",
    "acts on an empty body",
    (asked, driver) => {
      if (asked.bytes.length > 0 || !["Create", "Remove", "Mount"].includes(asked.call)) return undefined;
      if (asked.call === "Create") driver.volumes.set("", []);
      return done({ Mountpoint: driver.root });
    },
    /without a body is an error[^]*done nothing/,
  ],
  [
    "P08",
    "makes names of what is none",
    (asked, driver) =>
      asked.call === "Create" && typeof (asked.json as { Name: unknown }).Name === "number"
        ? driver.answer({ ...asked, name: String((asked.json as { Name: unknown }).Name) })
        : undefined,
    /missing, empty or no text/,
  ],
  [
    "P08",
    "refuses options that are null",
    (asked) =>
      asked.call === "Create" && (asked.json as { Opts: unknown }).Opts === null && asked.name !== ""
        ? refusal(400, "no")
        : undefined,
    /Create without options/,
  ],
  [
    "P09",
    "says done and does nothing",
    ({ call, json }) => (call === "Create" && !(json as { Name?: string }).Name ? done({}) : undefined),
    /There is a volume where Create succeeded/,
  ],
  [
    "P11",
    "answers everything with 200",
    (asked, driver) => {
      const said = driver.answer(asked);
      return said !== "drop" && [404, 405].includes(said.status) ? done({}) : undefined;
    },
    /status 404 or 405/,
  ],
  [
    "P12",
    "fails with status 200",
    (asked, driver) => {
      const said = driver.answer(asked);
      return said === "drop" ? undefined : { ...said, status: 200 };
    },
    /A call that fails is answered with/,
  ],
  [
    "P12",
    "fails in words that are no JSON",
    (asked, driver) => {
      const said = driver.answer(asked);
      return said === "drop" || said.status === 200 ? undefined : { ...said, body: "it failed" };
    },
    /A call that fails is answered with/,
  ],
  [
    "P13",
    "has an Err when all is well",
    on("Unmount", { status: 200, body: { Err: "done" } }),
    /has status 200 and no Err/,
  ],
  [
    "P13",
    "has a number for a path",
    (asked) => (asked.call === "Path" ? done({ Mountpoint: 7 }) : undefined),
    /of the right kind/,
  ],
  ["P13", "has fields of its own", on("Remove", done({ Trace: "x" })), /of the protocol only/],
  [
    "P15",
    "keeps a reference of whoever left",
    async (asked, driver) => {
      if (asked.call !== "Mount") return undefined;
      await new Promise((resolve) => setTimeout(resolve, 6));
      if (asked.request.socket.destroyed) driver.volumes.get(asked.name)?.push("nobody");
      return undefined;
    },
    /leaves nothing: Remove succeeds/,
  ],
  [
    "P17",
    "repeats options in its errors",
    ({ call, options }) =>
      call === "Create" && options["secret"] ? refusal(400, `no option secret=${options["secret"]}`) : undefined,
    /does not hold the secret/,
  ],
  [
    "P17",
    "repeats bodies in its errors",
    ({ json, bytes, call }) =>
      json === undefined && call !== "List" ? refusal(400, `cannot read ${bytes.toString()}`) : undefined,
    /does not hold the secret/,
  ],
];

/** Refuses it as some libraries do. */
const saysNoInPlainText: Defect = ({ call, json }) =>
  ["Mount", "Unmount"].includes(call) && typeof (json as { ID?: unknown }).ID === "number"
    ? { status: 400, body: "a number is no text" }
    : undefined;

describe("a driver that is wrong", () => {
  test("fails P08 for its words alone where it refuses an ID in plain text", async () => {
    expect(await seenBroken("P08", { defect: saysNoInPlainText })).toEqual([
      expect.stringMatching(/^Mount with an ID that is none is refused or done, in JSON/),
      expect.stringMatching(/^Unmount with an ID that is none is refused or done, in JSON/),
    ]);
  });

  for (const [id, words, defect, complaint] of DEFECTS)
    test(`fails ${id} where it ${words}`, async () => {
      expect((await seenBroken(id, { defect })).join("\n")).toMatch(complaint);
    });

  test("fails P05 where its scope is not what was promised", async () => {
    expect(await seenBroken("P05", {}, () => ({ scope: "global" }))).toEqual([
      expect.stringContaining("the scope is global."),
    ]);
  });

  test("fails P10 where it takes bodies of any length", async () => {
    const lines = await seenBroken("P10", { longestBodyBytes: Infinity });
    expect(lines.join("\n")).toMatch(/A body without end ends in an error/);
  });

  test("fails P10 where it grows with them", async () => {
    let residentBytes = 0;
    const usage = async () => ({ residentBytes: (residentBytes += 150 * 2 ** 20), descriptors: 0, processes: 0 });
    const lines = await seenBroken("P10", {}, () => ({ process: { pid: () => 1, usage } as unknown as DriverProcess }));
    expect(lines.join("\n")).toMatch(/does not make the driver grow/);
  });

  test("fails P14 where it ends connections that lie idle", async () => {
    await using driver = await startStrictDriver({ keepAliveMs: 1 });
    const result = await tryCase(caseOf("P14"), driver.subject, { scale: { patienceMs: 2500 } });
    expect(broken(result).join("\n")).toMatch(/A connection that lies idle is not closed/);
  });

  test("fails P14 where it takes few connections", async () => {
    let current = 0;
    const few: Defect = async ({ call }) => {
      if (call !== "Get") return undefined;
      current++;
      await new Promise((resolve) => setTimeout(resolve, 5));
      return current-- > 100 ? "drop" : undefined;
    };
    expect((await seenBroken("P14", { defect: few })).join("\n")).toMatch(/on 200 connections at once/);
  });
});

/** A driver whose start and end are those of a socket's file. */
function pretendProcess(subject: Subject, how: "right" | "takes the place" | "minds what is left"): DriverProcess {
  const { socketPath } = subject;
  const main = http.createServer((_, response) => response.end('{"Volumes":[],"Err":""}'));
  let isUp = true;
  const start = async () => {
    const isLive = await subject.client().activate();
    if (how === "minds what is left" && fs.existsSync(socketPath)) throw new Error("address in use");
    if (how === "right" && isLive.ok) throw new Error("another driver listens");
    fs.rmSync(socketPath, { force: true });
    await new Promise<void>((resolve) => main.listen(socketPath, resolve));
    isUp = true;
    return 1;
  };
  const end = async () => {
    if (main.listening) fs.renameSync(socketPath, `${socketPath}.left`);
    main.closeAllConnections();
    await new Promise<void>((resolve) => main.close(() => resolve()));
    if (fs.existsSync(`${socketPath}.left`)) fs.renameSync(`${socketPath}.left`, socketPath);
    isUp = false;
  };
  const stop = async () => {
    await end();
    return 1;
  };
  return {
    start,
    stop,
    kill: end,
    log: () => "",
    pid: () => (isUp ? process.pid : undefined),
  } as unknown as DriverProcess;
}

describe("the socket's file", () => {
  const tried = async (how: Parameters<typeof pretendProcess>[1]) => {
    await using driver = await startStrictDriver();
    const { subject } = driver;
    await driver.stop();
    const one = pretendProcess(subject, how);
    await one.start().catch(() => {});
    return broken(
      await tryCase(
        caseOf("P16"),
        { ...subject, process: one, fresh: () => Promise.reject(new Error("no other")) },
        QUICK,
      ),
    );
  };

  test("is right", async () => {
    expect(await tried("right")).toEqual([]);
  });

  test("is left and minded", async () => {
    expect(await tried("minds what is left")).toEqual([
      expect.stringMatching(/starts over the socket of one that was killed/),
      expect.stringMatching(/still runs after the case/),
    ]);
  });

  test("is taken from one that listens", async () => {
    expect(await tried("takes the place")).toEqual([expect.stringMatching(/does not take the socket/)]);
  });

  test("is writable for everybody", async () => {
    await using driver = await startStrictDriver();
    fs.chmodSync(driver.subject.socketPath, 0o777);
    expect(broken(await tryCase(caseOf("P16"), driver.subject, QUICK))).toEqual([
      expect.stringMatching(/not writable for everybody. Seen: mode 0777/),
    ]);
  });
});
