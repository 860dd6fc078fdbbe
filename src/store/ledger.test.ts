import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Owner } from "../core/runtime.ts";
import { openLedger, sweepLedgers } from "./ledger.ts";
import { currentOwner, processStat } from "./owner.ts";

const LIVING = currentOwner("run-living", process.pid);
const DEAD: Owner = { runId: "run-dead", lab: currentOwner("", process.pid).lab };
const signal = new AbortController().signal;

let root: string;
let stateDir: string;

beforeEach(() => {
  root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-ledger-")));
  stateDir = path.join(root, "state");
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

function sweep(): Promise<string[]> {
  return sweepLedgers(stateDir, (owner) => owner.runId !== DEAD.runId, signal);
}

function ledgers(): string[] {
  return fs.readdirSync(path.join(stateDir, "ledger"));
}

/** A ledger as a killed lab leaves it, with what `lines` say. */
function plant(...lines: unknown[]): void {
  fs.mkdirSync(path.join(stateDir, "ledger"), { recursive: true });
  const text = [{ version: 1, ...DEAD }, ...lines].map((line) =>
    typeof line === "string" ? line : JSON.stringify(line),
  );
  fs.writeFileSync(path.join(stateDir, "ledger", "run-dead.ndjson"), `${text.join("\n")}\n`);
}

function make(name: string): string {
  const directory = path.join(root, name);
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(directory, "precious"), "");
  return directory;
}

/** Everything below, links as themselves: how often a link to its own parent can be followed varies with the kernel's load. */
function pathsBelow(directory: string): string[] {
  return fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const at = path.join(directory, entry.name);
    return entry.isDirectory() ? [at, ...pathsBelow(at)] : [at];
  });
}

describe("a ledger", () => {
  test("is written before the thing is made", () => {
    const ledger = openLedger(stateDir, DEAD);
    ledger.announce({ kind: "directory", path: "/nowhere" });
    const [, line] = fs.readFileSync(path.join(stateDir, "ledger", "run-dead.ndjson"), "utf8").split("\n");
    expect(JSON.parse(line ?? "")).toEqual({ id: 1, kind: "directory", path: "/nowhere" });
  });

  test("goes when everything is crossed out, and stays when not", () => {
    const ledger = openLedger(stateDir, DEAD);
    const entries = [ledger.makeDirectory(path.join(root, "a")), ledger.makeDirectory(path.join(root, "b"))];
    entries[0]?.done();
    entries[0]?.done();
    ledger.close();
    expect(ledgers()).toHaveLength(1);
    const other = openLedger(stateDir, LIVING);
    other.makeDirectory(path.join(root, "c")).done();
    other.close();
    expect(ledgers()).toEqual(["run-dead.ndjson"]);
  });

  test.each(["../../escape", "a/b", "..", "ü 目录\n"])("of the run %j is a file in its place", (runId) => {
    openLedger(stateDir, { ...LIVING, runId });
    expect(ledgers()).toHaveLength(1);
    expect(fs.readdirSync(root)).toEqual(["state"]);
  });
});

describe("a sweep", () => {
  test("removes what a dead lab made and did not cross out, last made first", async () => {
    const ledger = openLedger(stateDir, DEAD);
    const [a, b, gone] = ["a", "a/b", "gone"].map((name) => path.join(root, name)) as [string, string, string];
    ledger.makeDirectory(a);
    ledger.makeDirectory(b);
    fs.mkdirSync(path.join(b, "deep/er"), { recursive: true });
    ledger.makeDirectory(gone).done();
    fs.writeFileSync(path.join(gone, "kept"), "");
    expect(await sweep()).toEqual([`removed directory ${b} of run run-dead`, `removed directory ${a} of run run-dead`]);
    expect(fs.readdirSync(root).sort()).toEqual(["gone", "state"]);
    expect(ledgers()).toEqual([]);
    expect(await sweep()).toEqual([]);
  });

  test("leaves a living lab's things", async () => {
    openLedger(stateDir, LIVING).makeDirectory(path.join(root, "a"));
    expect(await sweep()).toEqual([]);
    expect(fs.existsSync(path.join(root, "a"))).toBe(true);
  });

  test("finds nothing where there never was a ledger", async () => {
    expect(await sweep()).toEqual([]);
  });

  test("removes a directory that was made but not yet marked only if it is empty and bears the run's name", async () => {
    const [empty, full, other] = [path.join(root, "x-run-dead-y"), make("run-dead"), path.join(root, "other")];
    for (const directory of [empty, other]) fs.mkdirSync(directory);
    plant(...[empty, full, other].map((at, id) => ({ id, kind: "directory", path: at })));
    expect(await sweep()).toEqual([
      `left directory ${other} of run run-dead: it does not carry the run's mark`,
      `left directory ${full} of run run-dead: it does not carry the run's mark`,
      `removed directory ${empty} of run run-dead`,
    ]);
    expect(fs.readdirSync(full)).toEqual(["precious"]);
    expect(ledgers()).toHaveLength(1);
  });

  test("goes through a link neither at the directory nor above it nor inside it", async () => {
    const precious = make("precious");
    openLedger(stateDir, DEAD).makeDirectory(path.join(root, "a"));
    fs.symlinkSync(precious, path.join(root, "a", "inside"));
    fs.symlinkSync(path.join(root, "a"), path.join(root, "link"));
    fs.symlinkSync(root, path.join(root, "above"));
    const hidden = [path.join(root, "link"), path.join(root, "above/a")];
    const file = path.join(stateDir, "ledger", "run-dead.ndjson");
    for (const [i, at] of hidden.entries())
      fs.appendFileSync(file, `${JSON.stringify({ id: 9 + i, kind: "directory", path: at })}\n`);
    const told = await sweep();
    expect(told.filter((line) => line.includes("another thing is in its place"))).toHaveLength(2);
    expect(fs.existsSync(path.join(root, "a"))).toBe(false);
    expect(fs.readdirSync(precious)).toEqual(["precious"]);
  });

  test("trusts no other run's mark, and no mark that is a link", async () => {
    const [other, linked] = [make("other"), make("linked")];
    fs.writeFileSync(path.join(other, ".seatrial-owner"), `${JSON.stringify(LIVING)}\n`);
    const mark = path.join(root, "mark");
    fs.writeFileSync(mark, `${JSON.stringify(DEAD)}\n`);
    fs.symlinkSync(mark, path.join(linked, ".seatrial-owner"));
    plant({ id: 1, kind: "directory", path: other }, { id: 2, kind: "directory", path: linked });
    expect(await sweep()).toHaveLength(2);
    expect([other, linked].every((directory) => fs.existsSync(path.join(directory, "precious")))).toBe(true);
  });

  test("removes nothing of an unmarked tree, whatever path is written down", async () => {
    const tree = make("tree");
    make("tree/a/b");
    fs.symlinkSync(tree, path.join(tree, "loop"));
    const before = pathsBelow(tree);
    const part = fc.constantFrom("a", "b", "..", ".", "", "loop", "precious", "none", "\0", "a\n", "~", "*");
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), fc.constantFrom("/", root, tree), async (parts, start) => {
        plant({ id: 1, kind: "directory", path: `${start}/${parts.join("/")}` });
        await sweep();
        expect(pathsBelow(tree)).toEqual(before);
      }),
      { numRuns: 200 },
    );
  });

  test("tells what it cannot read, and undoes the rest", async () => {
    const a = path.join(root, "run-dead");
    fs.mkdirSync(a);
    plant(
      { id: 1, kind: "directory", path: a },
      "{ broken",
      { id: 2, kind: "directory", path: "relative" },
      { id: 3, kind: "process", pid: 1, startTicks: "1" },
    );
    fs.appendFileSync(path.join(stateDir, "ledger", "run-dead.ndjson"), '{"id":4,"kind":"direc');
    const told = await sweep();
    expect(told.map((line) => /line \d/.exec(line)?.[0])).toEqual(["line 3", "line 4", "line 5", undefined]);
    expect(fs.existsSync(a)).toBe(false);
  });

  test("leaves a ledger without an owner to a person, unless it says nothing at all", async () => {
    const directory = path.join(stateDir, "ledger");
    fs.mkdirSync(directory, { recursive: true });
    fs.writeFileSync(path.join(directory, "empty.ndjson"), "");
    fs.writeFileSync(path.join(directory, "torn.ndjson"), '{"version":1,"runI');
    fs.writeFileSync(path.join(directory, "nameless.ndjson"), 'x\n{"id":1,"kind":"directory","path":"/x"}\n');
    expect(await sweep()).toEqual([expect.stringContaining("nameless.ndjson: it does not say whose it is")]);
    expect(ledgers()).toEqual(["nameless.ndjson"]);
  });
});

describe("processes", () => {
  async function sleeper() {
    const child = spawn("sleep", ["60"]);
    await once(child, "spawn");
    return { child, pid: child.pid as number, startTicks: processStat(child.pid as number)?.startTicks ?? "" };
  }

  test("are ended when number and start are the same", async () => {
    const { child, pid, startTicks } = await sleeper();
    const closed = once(child, "close");
    openLedger(stateDir, DEAD).announce({ kind: "process", pid, startTicks });
    expect(await sweep()).toEqual([`ended process ${pid} of run run-dead`]);
    expect(await closed).toEqual([null, "SIGKILL"]);
  });

  test("of the same number that started at another time, or in another boot, are let be", async () => {
    const { child, pid, startTicks } = await sleeper();
    plant({ id: 1, kind: "process", pid, startTicks: String(Number(startTicks) + 1) });
    expect(await sweep()).toEqual([]);
    fs.mkdirSync(path.join(stateDir, "ledger"), { recursive: true });
    const elsewhere = { ...DEAD, lab: `other-boot${DEAD.lab}` };
    const lines = [
      { version: 1, ...elsewhere },
      { id: 1, kind: "process", pid, startTicks },
    ];
    fs.writeFileSync(
      path.join(stateDir, "ledger", "x.ndjson"),
      lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
    );
    expect(await sweep()).toEqual([]);
    expect(child.exitCode ?? child.signalCode).toBeNull();
    child.kill();
  });
});

const isRoot = process.getuid?.() === 0;

describe.runIf(isRoot)("mounts", () => {
  function mount(at: string): void {
    fs.mkdirSync(at, { recursive: true });
    execFileSync("mount", ["-n", "-t", "tmpfs", "tmpfs", at]);
  }

  test("below a marked directory are unmounted before it is removed", async () => {
    const ledger = openLedger(stateDir, DEAD);
    const a = path.join(root, "a b");
    const share = path.join(a, "share");
    ledger.makeDirectory(a);
    ledger.announce({ kind: "mount", path: share });
    mount(share);
    expect(await sweep()).toEqual([`unmounted ${share} of run run-dead`, `removed directory ${a} of run run-dead`]);
  });

  test("that nobody announced keep their directory", async () => {
    const a = path.join(root, "a");
    openLedger(stateDir, DEAD).makeDirectory(a);
    const share = path.join(a, "share");
    mount(share);
    fs.writeFileSync(path.join(share, "precious"), "");
    try {
      expect(await sweep()).toEqual([`left directory ${a} of run run-dead: unmount ${share} first`]);
      expect(fs.readdirSync(share)).toEqual(["precious"]);
    } finally {
      execFileSync("umount", [share]);
    }
  });

  test("in no directory of the run stay", async () => {
    const share = path.join(root, "share");
    mount(share);
    try {
      plant({ id: 1, kind: "mount", path: share }, { id: 2, kind: "mount", path: "/proc" });
      expect(await sweep()).toHaveLength(2);
      expect(fs.readFileSync("/proc/self/mountinfo", "utf8")).toContain(` ${share} `);
    } finally {
      execFileSync("umount", [share]);
    }
  });
});
