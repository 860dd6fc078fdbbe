import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import Dockerode from "dockerode";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createSystemClock } from "../../../src/core/clock.ts";
import { Scope } from "../../../src/core/scope.ts";
import { findSubjectProgram } from "../../../src/subjects/program.ts";
import { PrivateEngine } from "../../../src/trials/volume/engine/private-engine.ts";
import type { EngineContainer, EngineHands } from "../../../src/trials/volume/subject.ts";
import { openDriverHost } from "../../../src/trials/volume/subjects/host/host.ts";
import { CephLab } from "../../fixtures/ceph-lab/lab.ts";
import type { LabHost } from "../../fixtures/ceph-lab/host.ts";
import { ManagedPlugin, packPlugin } from "../../fixtures/managed-plugin.ts";
import { requires } from "../../requires.ts";

const ENABLE_LIMIT_MS = 25_000;
/** ceph-fuse without a shell or `mount` mounts, and ends about 5 s later. */
const CRIPPLED_LIFE_MS = 8000;

/** Runs a script in a container of its own on the volume; gives what it printed. */
async function inContainer(hands: EngineHands, volume: string, script: string): Promise<string> {
  const container = await hands.container({ script, mounts: [{ volume, target: "/v" }] });
  await container.start();
  await container.ended();
  const output = await container.output();
  await container.remove();
  return output;
}

async function sleeper(hands: EngineHands, volume: string): Promise<EngineContainer> {
  const container = await hands.container({ script: "sleep 1000", mounts: [{ volume, target: "/v" }] });
  await container.start();
  return container;
}

function newFolder(scope: Scope): string {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "seatrial-test-"));
  scope.defer(folder, () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An engine, and the plugin with the directory back end on it, not enabled yet. */
async function directoryPlugin(scope: Scope): Promise<ManagedPlugin> {
  const folder = newFolder(scope);
  const packed = path.join(folder, "plugin");
  await packPlugin("directory", packed);
  const hands = findSubjectProgram("subjects/hands");
  const host = await openDriverHost({ directory: path.join(folder, "host"), hands, hasEngine: true });
  const engine = new PrivateEngine({ host, clock: createSystemClock() });
  scope.defer("the engine", () => engine[Symbol.asyncDispose]());
  scope.defer("the host", async () => host[Symbol.asyncDispose]());
  await engine.start();
  const places = ["state", "volumes"].map((name) => {
    const directory = path.join(host.places.home, name);
    fs.mkdirSync(directory);
    return `${name}.source=${directory}`;
  });
  const client = new Dockerode({ socketPath: `/proc/${host.keeperPid()}/root/run/docker.sock` });
  return ManagedPlugin.create(client, packed, places);
}

/** An engine beside CephFS, and the plugin with that back end on it, not enabled yet. */
async function cephPlugin(scope: Scope): Promise<ManagedPlugin> {
  const packed = path.join(newFolder(scope), "plugin");
  await packPlugin("cephfs", packed);
  const lab = await CephLab.start("h1");
  scope.defer("the lab", () => lab[Symbol.asyncDispose]());
  const [host] = lab.hosts as [LabHost];
  const socketPath = await host.startEngine();
  const [ceph, state] = [`${host.directory}/ceph`, `${host.directory}/state`];
  const keyring = await lab.cluster.ceph("auth", "get", "client.admin");
  await host.run(["mkdir", ceph, state]);
  await host.run(["sh", "-c", `umask 077; cat >${ceph}/ceph.client.admin.keyring`], { input: keyring });
  const settings = [`ceph.source=${ceph}`, `state.source=${state}`, `CEPH_MON_HOST=${lab.cluster.monitors}`];
  return ManagedPlugin.create(new Dockerode({ socketPath }), packed, settings);
}

requires("engine", "embedded")("the driver as a managed plugin", () => {
  const scope = new Scope();
  let plugin: ManagedPlugin;
  let hands: EngineHands;

  beforeAll(async () => {
    plugin = await directoryPlugin(scope);
    hands = plugin.hands;
  });
  afterAll(async () => {
    const [problem] = await scope.close();
    if (problem) throw new Error(`${problem.what}: ${problem.error}`);
  });

  test("asks for no more than it needs", async () => {
    const asks = (await hands.plugin())?.asksFor ?? [];
    expect(asks.filter((what) => !what.startsWith("mount of "))).toEqual(["CAP_SYS_ADMIN"]);
    expect(asks).toHaveLength(3);
  });

  test("is enabled and serves containers", async () => {
    expect(await plugin.enable()).toBeLessThan(ENABLE_LIMIT_MS);
    expect(await hands.plugin()).toMatchObject({ isEnabled: true });
    await hands.createVolume({ name: "one", options: { mode: "0750" } });
    expect(await hands.volumes()).toEqual(["one"]);
    expect(await inContainer(hands, "one", "echo hello >/v/file")).toBe("");
    expect(await inContainer(hands, "one", "cat /v/file; stat -c %a /v")).toBe("hello\n750\n");
    await hands.removeVolume("one");
    expect(await hands.volumes()).toEqual([]);
  });

  test("may be disabled and enabled under a container that runs", async () => {
    await hands.createVolume({ name: "two", options: {} });
    const running = await sleeper(hands, "two");
    await running.run("echo before >/v/file");
    await plugin.disable();
    await expect.poll(() => plugin.processes()).toEqual([]);
    expect(await running.run("cat /v/file")).toEqual({ status: 0, output: "before\n" });
    await plugin.enable();
    expect(await inContainer(hands, "two", "cat /v/file; echo after >/v/file")).toBe("before\n");
    expect(await running.run("cat /v/file")).toEqual({ status: 0, output: "after\n" });
    await running.remove();
    expect(await inContainer(hands, "two", "cat /v/file")).toBe("after\n");
    await hands.removeVolume("two");
  });

  test("goes on after its driver was killed, counts what it counted, and leaves no zombies", async () => {
    await hands.createVolume({ name: "three", options: {} });
    const running = await sleeper(hands, "three");
    const killed = plugin.driver();
    process.kill(killed, "SIGKILL");
    await vi.waitFor(() => expect(plugin.driver()).not.toBe(killed), 30_000);
    expect(await inContainer(hands, "three", "echo hello >/v/file")).toBe("");
    expect(await running.run("cat /v/file")).toEqual({ status: 0, output: "hello\n" });
    await running.remove();
    await hands.removeVolume("three");
    await vi.waitFor(() => expect(plugin.processes().map(({ state }) => state)).not.toContain("Z"), 30_000);
  });

  test("is gone in the end", async () => {
    await plugin.disable();
    await plugin.remove();
    expect(await hands.plugin()).toBeUndefined();
  });
});

requires("ceph")("the driver as a managed plugin on CephFS", () => {
  const scope = new Scope();
  let plugin: ManagedPlugin;
  let hands: EngineHands;

  beforeAll(async () => {
    plugin = await cephPlugin(scope);
    hands = plugin.hands;
  });
  afterAll(async () => {
    const [problem] = await scope.close();
    if (problem) throw new Error(`${problem.what}: ${problem.error}`);
  });

  test("is enabled, and a container still has its volume after what ends a crippled ceph-fuse", async () => {
    expect(await plugin.enable()).toBeLessThan(ENABLE_LIMIT_MS);
    await hands.createVolume({ name: "one", options: { size: "16MiB" } });
    expect(await hands.volume("one")).toMatchObject({ scope: "global" });
    const running = await sleeper(hands, "one");
    const startedMs = performance.now();
    expect(await inContainer(hands, "one", "echo hello >/v/file; df -P /v | tail -n 1")).toMatch(/^ceph-fuse +16384 /);
    await vi.waitUntil(() => performance.now() - startedMs > CRIPPLED_LIFE_MS, { timeout: 2 * CRIPPLED_LIFE_MS });
    expect(await running.run("cat /v/file; echo more >>/v/file")).toEqual({ status: 0, output: "hello\n" });
    expect(await inContainer(hands, "one", "cat /v/file")).toBe("hello\nmore\n");
    await running.remove();
    await hands.removeVolume("one");
    expect(await hands.volumes()).toEqual([]);
  });

  test("loses no mount with its driver, and leaves no zombies", async () => {
    await hands.createVolume({ name: "two", options: {} });
    const running = await sleeper(hands, "two");
    const killed = plugin.driver();
    process.kill(killed, "SIGKILL");
    await vi.waitFor(() => expect(plugin.driver()).not.toBe(killed), 30_000);
    expect(await running.run("echo hello >/v/file")).toEqual({ status: 0, output: "" });
    expect(await inContainer(hands, "two", "cat /v/file")).toBe("hello\n");
    await running.remove();
    await hands.removeVolume("two");
    // A ceph-fuse ends by itself after its mount is gone, once it has closed its session with the cluster.
    await vi.waitFor(
      () =>
        expect(
          plugin.processes().filter(({ state, command }) => state === "Z" || command.includes("ceph-fuse")),
        ).toEqual([]),
      30_000,
    );
  });

  test("serves again after it was disabled under a container, at once", async () => {
    await hands.createVolume({ name: "three", options: {} });
    const running = await sleeper(hands, "three");
    await running.run("echo hello >/v/file");
    await plugin.disable();
    await expect.poll(() => plugin.processes()).toEqual([]);
    await plugin.enable();
    expect(await inContainer(hands, "three", "cat /v/file; echo more >>/v/file")).toBe("hello\n");
    await running.remove();
    await hands.removeVolume("three");
    await plugin.disable();
    await plugin.remove();
  });
});
