import { describe, expect, test } from "vitest";
import { HIT, LOST, recordingEnvironment } from "../../test/fixtures/recording-environment.ts";
import type { Fault } from "../core/fault.ts";
import { faults } from "./index.ts";
import { kill } from "./kill.ts";
import { pause } from "./pause.ts";

const signal = new AbortController().signal;

/** The fewest words in which each kind can be planned. */
const LEAST: Record<string, object> = {
  damage: { disk: "d", how: "flip", prefix: "c0de" },
  "slow-disk": { disk: "d", delayMs: 5 },
};

function leastSpec({ kind, needs }: Fault): object {
  return LEAST[kind] ?? (needs.includes("process") ? { container: "a" } : { disk: "d" });
}

function named(kind: string): Fault {
  const found = faults.find((fault) => fault.kind === kind);
  if (!found) throw new RangeError(`no fault is called ${kind}`);
  return found;
}

/** Plans, injects and heals; gives what was asked of the controls, and what the healing told. */
async function inflict(kind: string, given: object): Promise<{ calls: string[]; data: unknown }> {
  const { calls, environment } = recordingEnvironment();
  const fault = named(kind);
  const heal = await fault.inject(fault.spec.parse(given), environment, signal);
  calls.push("-");
  const data = await heal();
  return { calls, data };
}

describe("the list of faults", () => {
  test("each kind once", () => {
    expect(faults.map(({ kind }) => kind)).toEqual([...new Set(faults.map(({ kind }) => kind))]);
  });

  test.each(faults)("$kind says what it does to what", (fault) => {
    const words = fault.describe(fault.spec.parse(leastSpec(fault)));
    expect(words).toMatch(/^[a-z][a-z0-9 ,]* (container "a"|disk "d")/);
    expect(words).not.toMatch(/undefined|NaN|\[object/);
  });

  test.each(faults)("$kind needs one name, not empty, and nothing that it does not know", (fault) => {
    const least = leastSpec(fault);
    const empty = "container" in least ? { ...least, container: "" } : { ...least, disk: "" };
    for (const bad of [{}, undefined, empty, { ...least, signal: 9 }])
      expect(fault.spec.safeParse(bad).success).toBe(false);
  });

  test.each(faults)("$kind does nothing once the run is aborted", async (fault) => {
    const { calls, environment } = recordingEnvironment();
    const aborted = AbortSignal.abort(new Error("stop"));
    await expect(fault.inject(fault.spec.parse(leastSpec(fault)), environment, aborted)).rejects.toThrow("stop");
    expect(calls).toEqual([]);
  });
});

describe("what is asked of containers", () => {
  test.each([
    ["kill", ["kill a", "-"]],
    ["crash", ["kill a", "-", "start a"]],
    ["pause", ["pause a", "-", "resume a"]],
  ])("by %s", async (kind, expected) => {
    expect(await inflict(kind, { container: "a" })).toEqual({ calls: expected, data: undefined });
  });

  test.each([
    ["pause", "pause", ["pause a", "resume a"]],
    ["crash", "kill", ["kill a", "start a"]],
  ] as const)("%s that fails half-way is undone, and the failure is thrown", async (kind, call, expected) => {
    const { calls, environment } = recordingEnvironment(call);
    await expect(named(kind).inject({ container: "a" }, environment, signal)).rejects.toThrow(`cannot ${call}`);
    expect(calls).toEqual(expected);
  });

  test("is described in the words of the fault", () => {
    expect([kill, pause].map((fault) => fault.describe({ container: "db-1" }))).toEqual([
      'kill container "db-1"',
      'pause container "db-1"',
    ]);
  });
});

describe("what is asked of disks", () => {
  test("by a power cut, which tells what was lost", async () => {
    const { calls, data } = await inflict("power-cut", { disk: "d" });
    expect(calls).toEqual(["cutPower d", "-", "restorePower d"]);
    expect(data).toEqual(LOST);
  });

  test("by a power cut that fails half-way: the power is restored", async () => {
    const { calls, environment } = recordingEnvironment("cutPower");
    await expect(named("power-cut").inject({ disk: "d" }, environment, signal)).rejects.toThrow("cannot cutPower");
    expect(calls).toEqual(["cutPower d", "restorePower d"]);
  });

  test("by a shutdown of the file system, which only a power cut heals", async () => {
    const { calls, data } = await inflict("file-system-shutdown", { disk: "d", keepLog: true });
    expect(calls).toEqual(["shutDown d true", "-", "cutPower d", "restorePower d"]);
    expect(data).toEqual(LOST);
  });

  test("by a read-only remount", async () => {
    expect((await inflict("read-only", { disk: "d" })).calls).toEqual([
      "setReadOnly d true",
      "-",
      "setReadOnly d false",
    ]);
  });

  test("by damage, which tells the pages and is never undone", async () => {
    const { calls, data } = await inflict("damage", { disk: "d", how: "swap", prefix: "c0de", pages: 4 });
    expect(calls).toEqual(['damage d {"how":"swap","prefix":"c0de","pages":4,"bits":1,"seed":"damage"}', "-"]);
    expect(data).toEqual({ hits: [HIT] });
  });

  test.each([
    ["lying-flush", {}, { on: "flush", action: "lie", every: 1 }],
    ["flush-error", { every: 2, times: 3 }, { on: "flush", action: "error", every: 2, times: 3 }],
    ["write-error", {}, { on: "write", action: "error", every: 1 }],
    ["full-disk", {}, { on: "write", action: "no-space", every: 1 }],
    [
      "dropped-write",
      { prefix: "c0de", times: 1 },
      { on: "write", action: "drop", prefix: "c0de", every: 1, times: 1 },
    ],
    ["torn-write", { keepBytes: 512 }, { on: "write", action: "tear", keepBytes: 512, every: 1 }],
    ["misdirected-write", {}, { on: "write", action: "misdirect", every: 1 }],
    ["misdirected-write", { alsoAtHome: true }, { on: "write", action: "duplicate", every: 1 }],
    ["swapped-write", {}, { on: "write", action: "swap", every: 1 }],
    ["garbled-write", { arrives: "zeros" }, { on: "write", action: "zero", every: 1 }],
    ["garbled-write", {}, { on: "write", action: "scramble", every: 1 }],
    ["bit-flip", { bits: 3 }, { on: "write", action: "flip", bits: 3, every: 1 }],
    ["bit-flip", { on: "read" }, { on: "read", action: "flip", every: 1 }],
    ["stale-read", {}, { on: "read", action: "stale", every: 1 }],
    ["read-error", {}, { on: "read", action: "error", every: 1 }],
    ["slow-disk", { delayMs: 20 }, { on: "any", action: "delay", delayMs: 20, every: 1 }],
  ])("by %s with %j: a rule, and its own removal", async (kind, given, rule) => {
    const { calls, data } = await inflict(kind, { disk: "d", ...given });
    const [asked = "", ...rest] = calls;
    expect(asked).toMatch(/^addRules d /);
    expect(JSON.parse(asked.slice("addRules d ".length))).toEqual([expect.objectContaining(rule)]);
    expect(rest).toEqual(["-", "removeRules"]);
    expect(data).toEqual({ hits: [HIT] });
  });

  test.each(["lying-flush", "flush-error"])("%s cannot choose by bytes, which flushes do not have", (kind) => {
    expect(named(kind).spec.safeParse({ disk: "d", prefix: "00" }).success).toBe(false);
  });

  test("is described with how often", () => {
    const fault = named("torn-write");
    const spec = fault.spec.parse({ disk: "d", every: 10, times: 2, prefix: "c0de" });
    expect(fault.describe(spec)).toBe(
      'keep only the first 2048 bytes of writes to disk "d", one in 10, at most 2, where pages begin with c0de',
    );
  });
});
