import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectAgent } from "../../../src/agent/connection.ts";
import type { Agent } from "../../../src/core/agent.ts";
import { createSystemClock } from "../../../src/core/clock.ts";
import type { BindMount, ContainerSpec, Environment } from "../../../src/core/runtime.ts";
import { Scope } from "../../../src/core/scope.ts";
import { createEmbeddedRuntime, type EmbeddedSettings } from "../../../src/runtimes/embedded/index.ts";
import { has, requires } from "../../requires.ts";
import { builtAgent } from "../agent-bundle.ts";
import { embeddedSubject } from "./subject.ts";

requires("embedded")("an embedded container", () => {
  const signal = new AbortController().signal;
  const owner = { runId: "containers-test", lab: `test:${process.pid}:0:here` };
  let scope: Scope;
  let root: string;
  let stateDir: string;

  beforeEach(() => {
    scope = new Scope();
    root = realpathSync(mkdtempSync(path.join(os.tmpdir(), "seatrial-box-")));
    stateDir = path.join(root, "state");
    scope.defer("the directory", () => rmSync(root, { recursive: true }));
  });
  afterEach(async () => {
    assert.deepEqual(await scope.close(), []);
  });

  async function open(binds: BindMount[], more: Partial<EmbeddedSettings> = {}): Promise<Environment> {
    const runtime = createEmbeddedRuntime({
      agent: builtAgent(),
      env: { PATH: process.env["PATH"] },
      stateDir,
      ...more,
    });
    const spec = { name: "test", containers: [{ name: "a", binds, tmpfs: [] }] };
    const environment = await runtime.open(spec, { owner, signal, progress: () => {} });
    scope.defer("the environment", async () => environment[Symbol.asyncDispose]());
    return environment;
  }

  async function agentIn(environment: Environment): Promise<Agent> {
    const channel = await environment.container("a").startAgent(signal);
    const agent = await connectAgent(channel, { clock: createSystemClock(), signal });
    scope.defer("the agent", async () => agent[Symbol.asyncDispose]());
    return agent;
  }

  function make(name: string): string {
    const directory = path.join(root, name);
    mkdirSync(directory);
    return directory;
  }

  test("has its own root and shows none of its mounts outside while it stands", async () => {
    const agent = await agentIn(await open([{ source: make("data"), target: "/data" }]));
    const names = await agent.call<string[]>("files.list", { path: "/" });
    expect(names).toEqual(expect.arrayContaining(["data", "dev", "etc", "proc", "seatrial", "tmp", "usr"]));
    expect(names).not.toEqual(expect.arrayContaining(["home"]));
    expect(names).not.toContain(".machine");
    const seen = await embeddedSubject(builtAgent(), stateDir).leftovers(owner);
    expect(seen.filter((line) => !line.startsWith("process "))).toEqual([]);
  });

  test("shares the lab's clock and calls foreign functions", async () => {
    const agent = await agentIn(await open([]));
    expect(agent.clock).toEqual({ sameKernel: true });
    expect(agent.facts.nativeMissing).toBe("");
  });

  test("in a time namespace has a clock of its own, known within bounds", async () => {
    const agent = await agentIn(await open([], { monotonicOffsetSeconds: 1000 }));
    expect(agent.facts.timeNamespace).toMatch(/monotonic 1000 0/);
    if (agent.clock.sameKernel) throw new Error("the clocks were taken for one");
    expect(agent.clock.offsetHighNs - agent.clock.offsetLowNs).toBeLessThan(50e6);
    expect(agent.clock.offsetHighNs).toBeGreaterThan(agent.clock.offsetLowNs);
  });

  test("takes paths with newlines and leading dashes", async () => {
    const source = make("-r\n'two' lines\t");
    writeFileSync(path.join(source, "file"), "found");
    const agent = await agentIn(await open([{ source, target: "/-o\nro" }]));
    expect(await agent.call("files.read", { path: "/-o\nro/file" })).toBe("found");
  });

  test("can be given a directory above the state directory, and is not in it", async () => {
    const agent = await agentIn(await open([{ source: root, target: "/all" }]));
    expect(await agent.call("files.list", { path: "/all/state/embedded-root" })).toEqual([]);
  });

  test("runs a Node from outside the system's directories", async () => {
    const nodePath = path.join(make("bin"), "node");
    copyFileSync(process.execPath, nodePath);
    const agent = await agentIn(await open([], { agent: { ...builtAgent(), nodePath } }));
    expect(agent.facts.nodeVersion).toBe(process.version);
  });

  test.each([
    ["/usr/no such place/here", 'directory "/usr/no such place/here" in what is mounted at "/usr"'],
    ["/proc/sys/nowhere", 'mounted at "/proc"'],
  ])("without a mount point at %s is an error that says so", async (target, words) => {
    await expect(open([{ source: make("data"), target }])).rejects.toMatchObject({
      code: "EMBEDDED_SETUP_FAILED",
      message: expect.stringContaining(words),
    });
  });

  test("that stood when another one failed is ended", async () => {
    const source = make("data");
    // One after another, these take much longer than the other container as a whole.
    const many = Array.from({ length: 60 }, (_, i) => ({ source, target: `/data-${i}` }));
    const failing = { source, target: "/usr/there/is/no/such/place" };
    const runtime = createEmbeddedRuntime({ agent: builtAgent(), env: {}, stateDir });
    const containers = [
      { name: "quick", binds: [], tmpfs: [] },
      { name: "slow", binds: [...many, failing], tmpfs: [] },
    ];
    const opening = runtime.open({ name: "test", containers }, { owner, signal, progress: () => {} });
    await expect(opening).rejects.toMatchObject({ message: expect.stringContaining("no/such/place") });
    expect(await embeddedSubject(builtAgent(), stateDir).leftovers(owner)).toEqual([]);
  });

  test.each<[string, Partial<ContainerSpec>, string]>([
    ["an image", { image: "debian" }, "EMBEDDED_BAD_SPEC"],
    ["a volume", { volumes: [{ volume: "mine", target: "/mine" }] }, "EMBEDDED_BAD_SPEC"],
    ["a program that is nowhere", { programs: ["sh", "no-such-program"] }, "EMBEDDED_PROGRAM_MISSING"],
  ])("with %s is refused", async (_what, more, code) => {
    const runtime = createEmbeddedRuntime({ agent: builtAgent(), env: {}, stateDir });
    const spec = { name: "test", containers: [{ name: "a", binds: [], tmpfs: [], ...more }] };
    const opening = runtime.open(spec, { owner, signal, progress: () => {} });
    await expect(opening).rejects.toMatchObject({ code, message: expect.stringContaining('container "a"') });
  });

  test("needs its programs where containers see them", async () => {
    const elsewhere = make("bin");
    copyFileSync("/bin/true", path.join(elsewhere, "mine"));
    const containers = [{ name: "a", binds: [], tmpfs: [], programs: ["mine"] }];
    const runtime = createEmbeddedRuntime({ agent: builtAgent(), env: { PATH: elsewhere }, stateDir });
    const opening = runtime.open({ name: "test", containers }, { owner, signal, progress: () => {} });
    await expect(opening).rejects.toMatchObject({ message: expect.stringContaining(`it is at ${elsewhere}/mine`) });
  });

  test.each([[["a", "a"]], [["-a"]], [["a b"]], [[""]]])("by the names %j is refused", async (names) => {
    const runtime = createEmbeddedRuntime({ agent: builtAgent(), env: {}, stateDir });
    const spec = { name: "test", containers: names.map((name) => ({ name, binds: [], tmpfs: [] })) };
    const opening = runtime.open(spec, { owner, signal, progress: () => {} });
    await expect(opening).rejects.toMatchObject({ code: "EMBEDDED_BAD_SPEC" });
  });

  test("whose set-up command fails tells that command's words", async () => {
    const broken = make("broken");
    execFileSync("sh", [
      "-c",
      'printf "#!/bin/sh\\necho no mounting today >&2; exit 7\\n" >"$1/mount"; chmod +x "$1/mount"',
      "sh",
      broken,
    ]);
    await expect(open([], { env: { PATH: `${broken}:${process.env["PATH"]}` } })).rejects.toMatchObject({
      code: "EMBEDDED_SETUP_FAILED",
      message: expect.stringMatching(/no mounting today\ncould not mount a memory file system/),
    });
  });

  describe.runIf(has("root"))("with a mount below a source", () => {
    test("shows it, read-only too where the bind is", async () => {
      const source = make("data");
      const below = make("data/below");
      execFileSync("mount", ["-n", "-t", "tmpfs", "tmpfs", below]);
      scope.defer("the mount", () => void execFileSync("umount", [below]));
      writeFileSync(path.join(below, "file"), "deep");
      const binds = [
        { source, target: "/open" },
        { source, target: "/shut", readOnly: true },
      ];
      const agent = await agentIn(await open(binds));
      expect(await agent.call("files.read", { path: "/shut/below/file" })).toBe("deep");
      await agent.call("files.write", { path: "/open/below/new", text: "" });
      const write = agent.call("files.write", { path: "/shut/below/other", text: "" });
      await expect(write).rejects.toMatchObject({ systemCode: "EROFS" });
      expect(readdirSync(below).sort()).toEqual(["file", "new"]);
    });
  });
});
