import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { connectAgent } from "../../../src/agent/connection.ts";
import type { Agent } from "../../../src/core/agent.ts";
import { createSystemClock } from "../../../src/core/clock.ts";
import type { DiskHit } from "../../../src/core/disk.ts";
import type { Controls, Environment, EnvironmentWith } from "../../../src/core/runtime.ts";
import { faults } from "../../../src/faults/index.ts";
import { requires } from "../../requires.ts";
import { builtAgent } from "../agent-bundle.ts";
import { embeddedSubject } from "./subject.ts";

const FILE = "/disk/file";
const PAGES = 4;
/** Every page begins with it, and nothing else on the disk does. */
const MARK = "data of the test ";
const prefix = Buffer.from(MARK).toString("hex");
const content = (version: string) =>
  Array.from({ length: PAGES }, (_, page) => `${MARK}${version} ${page}`.padEnd(4096)).join("");

requires("embedded", "disk")("a fault on a real disk", () => {
  const signal = new AbortController().signal;
  const owner = { runId: "faults-test", lab: `test:${process.pid}:0:here` };
  const stateDir = realpathSync(mkdtempSync(path.join(os.tmpdir(), "seatrial-faults-")));
  const { runtime, leftovers } = embeddedSubject(builtAgent(), stateDir);
  let environment: Environment;
  let control: Controls;

  beforeEach(async () => {
    const spec = {
      name: "test",
      containers: [{ name: "a", binds: [], tmpfs: [], disks: [{ disk: "d", target: "/disk" }] }],
      disks: [{ name: "d", sizeBytes: 32 * 2 ** 20, fileSystem: "ext4" as const, mountOptions: [] }],
    };
    environment = await runtime.open(spec, { owner, signal, progress: () => {} });
    control = environment.controls as Controls;
  });
  afterEach(async () => {
    await environment[Symbol.asyncDispose]();
    assert.deepEqual(await leftovers(owner), []);
  });

  afterAll(() => rmSync(stateDir, { recursive: true }));

  async function agentInside(): Promise<Agent> {
    const channel = await environment.container("a").startAgent(signal);
    return connectAgent(channel, { clock: createSystemClock(), signal });
  }

  async function write(version: string): Promise<void> {
    const agent = await agentInside();
    await agent.call("files.write", { path: FILE, text: content(version), sync: true });
  }

  async function read(): Promise<string> {
    return (await agentInside()).call("files.read", { path: FILE });
  }

  /** So that the next look is at the disk and not at the page cache. */
  async function forgetCache(): Promise<void> {
    await control.process.kill("a");
    await control.process.start("a");
  }

  async function inject(kind: string, given: object): Promise<() => Promise<unknown>> {
    const fault = faults.find((candidate) => candidate.kind === kind);
    if (!fault) throw new RangeError(`no fault is called ${kind}`);
    const able = environment as unknown as EnvironmentWith<keyof Controls>;
    return fault.inject(fault.spec.parse(given), able, signal);
  }

  test.each([
    ["dropped-write", {}],
    ["torn-write", { keepBytes: 512 }],
    ["misdirected-write", {}],
    ["misdirected-write", { alsoAtHome: true }],
    ["swapped-write", {}],
    ["garbled-write", {}],
    ["garbled-write", { arrives: "zeros" }],
    ["bit-flip", {}],
    ["bit-flip", { on: "read" }],
    ["stale-read", {}],
  ])("of kind %s %j: what is read is not what was written, and it tells the pages", async (kind, given) => {
    await write("old");
    const heal = await inject(kind, { disk: "d", prefix, ...given });
    await write("new");
    await forgetCache();
    expect(await read()).not.toBe(content("new"));
    const { hits } = (await heal()) as { hits: DiskHit[] };
    expect(hits.length).toBeGreaterThan(0);
    expect(hits.every(({ head }) => head.startsWith(prefix))).toBe(true);
    await write("newer");
    await forgetCache();
    expect(await read()).toBe(content("newer"));
  });

  test.each([
    ["write-error", "EIO"],
    ["full-disk", "ENOSPC"],
  ])("of kind %s: who syncs is told %s", async (kind, systemCode) => {
    const heal = await inject(kind, { disk: "d", prefix });
    await expect(write("new")).rejects.toMatchObject({ systemCode });
    expect(await heal()).toMatchObject({ hits: [expect.anything()] });
    await write("newer");
  });

  test("of kind read-error: who reads is told EIO", async () => {
    await write("new");
    const heal = await inject("read-error", { disk: "d", prefix });
    await forgetCache();
    await expect(read()).rejects.toMatchObject({ systemCode: "EIO" });
    await heal();
    expect(await read()).toBe(content("new"));
  });

  test("of kind flush-error: who syncs is told, and a power cut brings the file system back", async () => {
    await write("old");
    const heal = await inject("flush-error", { disk: "d" });
    await expect(write("new")).rejects.toMatchObject({ systemCode: "EIO" });
    await heal();
    await (await inject("power-cut", { disk: "d" }))();
    expect([content("old"), content("new")]).toContain(await read());
    await write("newer");
  });

  test("of kind slow-disk: a sync takes as long", async () => {
    const heal = await inject("slow-disk", { disk: "d", delayMs: 150 });
    const startedMs = performance.now();
    await write("new");
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(150);
    expect(await heal()).toEqual({ hits: [] });
  });

  test("of kinds lying-flush and power-cut: what was synced is gone, and it is told how much", async () => {
    await write("old");
    const heal = await inject("lying-flush", { disk: "d" });
    await write("new");
    const restore = await inject("power-cut", { disk: "d" });
    expect(await restore()).toMatchObject({ lostAcknowledgedPages: expect.toSatisfy((pages) => pages >= PAGES) });
    expect(await read()).toBe(content("old"));
    expect(await heal()).toMatchObject({
      hits: expect.arrayContaining([expect.objectContaining({ what: "flush lie" })]),
    });
  });

  test("of kind damage: told at once, seen at the next look", async () => {
    await write("old");
    const heal = await inject("damage", { disk: "d", how: "flip", prefix, pages: 2 });
    await forgetCache();
    expect(await read()).not.toBe(content("old"));
    expect(await heal()).toMatchObject({ hits: [{ what: "damage flip" }, { what: "damage flip" }] });
  });

  test.each(["crash", "power-cut", "file-system-shutdown", "read-only"])(
    "of kind %s: healed, all goes on",
    async (kind) => {
      await write("old");
      const heal = await inject(kind, kind === "crash" ? { container: "a" } : { disk: "d" });
      await expect(write("new")).rejects.toBeInstanceOf(Error);
      await heal();
      expect(await read()).toBe(content("old"));
      await write("newer");
    },
  );
});
