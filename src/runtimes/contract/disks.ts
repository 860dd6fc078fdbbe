import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { type Agent, AgentGone, TaskFailure } from "../../core/agent.ts";
import type { DiskControl, DiskRule, DiskSpec } from "../../core/disk.ts";
import { SeatrialError } from "../../core/errors.ts";
import type { ContainerSpec, Environment, Owner } from "../../core/runtime.ts";
import { box, closeEnvironment, type Lab, processControl, type Promised } from "./lab.ts";

/** What a runtime promises that has the control `disk`. */
export const DISK_PROMISES: readonly Promised[] = [
  ["a disk is a file system of its own, with the options asked for", isFileSystem],
  ["two containers see one disk", twoContainers],
  ["a disk that is not in the environment is an error with a code, and leaves nothing", unknownDisk],
  ["a disk that is full says so", fullDisk],
  ["a killed container finds its disk again", killedFindsDisk],
  ["what was synced outlives a power cut, and nothing else does", powerCut],
  ["a power cut ends writers before they can see an error", silentCut],
  ["a power cut leaves containers of other disks alone", otherDisks],
  ["what is killed without power stays down, what is started waits for it", withoutPower],
  ["a flush that lies loses what was synced", lyingFlush],
  ["a rule's error reaches the writer, until it is taken away", ruleError],
  ["rules of several owners are in force at once, and go one by one", severalRules],
  ["damage is on the medium", damage],
  ["a file system that is shut down comes back with the power", shutDown],
  ["a read-only disk refuses writes until it is writable", readOnly],
  ["an environment with disks can be closed in any state", closedInAnyState],
  ["open with disks aborted at any moment leaves nothing", abortedOpen],
  ["sweep removes a dead lab's disks and no others", sweepRemovesDisks],
];

/** What a runtime promises that has no disks. */
export const NO_DISK_PROMISES: readonly Promised[] = [["it has no control over disks, and refuses them", refusesDisks]];

/** File systems write by themselves what is old enough; this one does not within a test. */
const DISK: DiskSpec = { name: "d", sizeBytes: 32 * 2 ** 20, fileSystem: "ext4", mountOptions: ["commit=300"] };
const FILE = "/disk/file";

function onDisk(name: string, disk = DISK.name): ContainerSpec {
  return { ...box(name), disks: [{ disk, target: "/disk" }] };
}

function diskControl(environment: Environment): DiskControl {
  const control = environment.controls.disk;
  assert.ok(control, "the environment has no control over disks");
  return control;
}

async function openOne(lab: Lab): Promise<{ environment: Environment; disk: DiskControl; agent: Agent }> {
  const environment = await lab.open([onDisk("a")], { disks: [DISK] });
  return { environment, disk: diskControl(environment), agent: await lab.agent(environment, "a") };
}

function write(agent: Agent, path: string, text: string, sync = false): Promise<unknown> {
  return agent.call("files.write", { path, text, sync });
}

/** What lies on the disk but for what mkfs puts there. */
async function filesOf(agent: Agent): Promise<string[]> {
  return (await agent.call<string[]>("files.list", { path: "/disk" })).filter((name) => name !== "lost+found");
}

function failsWith(systemCode: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof TaskFailure, String(error));
    assert.equal(error.systemCode, systemCode, error.message);
    return true;
  };
}

function rule(given: { on: "write" | "flush"; action: "error" | "lie" | "flip"; prefix?: string }): DiskRule {
  return { every: 1, keepBytes: 512, bits: 1, ...given } as DiskRule;
}

async function refusesDisks(lab: Lab): Promise<void> {
  assert.ok(!lab.runtime.controls.has("disk"));
  const environment = await lab.open([box("a")]);
  assert.equal(environment.controls.disk, undefined);
  await assert.rejects(lab.open([onDisk("a")], { disks: [DISK] }), SeatrialError);
}

async function isFileSystem(lab: Lab): Promise<void> {
  assert.ok(lab.runtime.controls.has("disk"));
  const { agent } = await openOne(lab);
  const mounts = await agent.call<string>("files.mounts", {});
  assert.match(mounts, /^.* \/disk .* - ext4 \/dev\/loop\d+ .*commit=300/m);
  await write(agent, FILE, "ahoy");
  assert.equal(await agent.call("files.read", { path: FILE }), "ahoy");
}

async function twoContainers(lab: Lab): Promise<void> {
  const environment = await lab.open([onDisk("a"), onDisk("b")], { disks: [DISK] });
  const [a, b] = [await lab.agent(environment, "a"), await lab.agent(environment, "b")];
  await write(a, FILE, "shared");
  assert.equal(await b.call("files.read", { path: FILE }), "shared");
  await diskControl(environment).cutPower(DISK.name);
  for (const agent of [a, b]) await assert.rejects(agent.call("agent.echo", 1), AgentGone);
  await diskControl(environment).restorePower(DISK.name);
  for (const name of ["a", "b"]) await (await lab.agent(environment, name)).call("files.list", { path: "/disk" });
}

async function unknownDisk(lab: Lab): Promise<void> {
  await assert.rejects(lab.open([onDisk("a", "other")], { disks: [DISK] }), SeatrialError);
  await assert.rejects(lab.open([onDisk("a")], { disks: [DISK, DISK] }), SeatrialError);
  assert.deepEqual(await lab.leftovers(), []);
}

async function fullDisk(lab: Lab): Promise<void> {
  const { agent } = await openOne(lab);
  const filling = async () => {
    const mebibyte = "x".repeat(2 ** 20);
    for (let i = 0; i < DISK.sizeBytes / mebibyte.length; i++) await write(agent, `/disk/${i}`, mebibyte);
  };
  await assert.rejects(filling(), failsWith("ENOSPC"));
}

async function killedFindsDisk(lab: Lab): Promise<void> {
  const { environment, agent } = await openOne(lab);
  await write(agent, FILE, "not synced");
  await processControl(environment).kill("a");
  await processControl(environment).start("a");
  const next = await lab.agent(environment, "a");
  assert.equal(await next.call("files.read", { path: FILE }), "not synced");
}

async function powerCut(lab: Lab): Promise<void> {
  const { environment, disk, agent } = await openOne(lab);
  await write(agent, FILE, "synced", true);
  await write(agent, "/disk/unsynced", "lost");
  const { lostAcknowledgedPages } = await disk.cutPower(DISK.name);
  assert.equal(lostAcknowledgedPages, 0);
  await assert.rejects(agent.call("agent.echo", 1), AgentGone);
  await assert.rejects(environment.container("a").startAgent(lab.signal), SeatrialError);
  await disk.restorePower(DISK.name);
  await disk.restorePower(DISK.name);
  const next = await lab.agent(environment, "a");
  assert.deepEqual(await filesOf(next), ["file"]);
  assert.equal(await next.call("files.read", { path: FILE }), "synced");
  assert.equal((await disk.statistics(DISK.name)).cuts, 1);
}

async function silentCut(lab: Lab): Promise<void> {
  const { environment, disk } = await openOne(lab);
  for (let round = 0; round < 3; round++) {
    const agents = [await lab.agent(environment, "a"), await lab.agent(environment, "a")];
    const writers = agents.map(async (agent, i) => {
      for (let turn = 0; ; turn++) await write(agent, `/disk/${i}`, `${turn}`.repeat(10_000), true);
    });
    const ends = Promise.allSettled(writers);
    await Promise.race([ends, wait(100)]);
    await disk.cutPower(DISK.name);
    for (const end of await ends) {
      const reason: unknown = end.status === "rejected" ? end.reason : "it went on";
      assert.ok(reason instanceof AgentGone, String(reason));
    }
    await disk.restorePower(DISK.name);
  }
}

async function otherDisks(lab: Lab): Promise<void> {
  const other = { ...DISK, name: "e" };
  const environment = await lab.open([onDisk("a"), onDisk("b", "e"), box("c")], { disks: [DISK, other] });
  const others = [await lab.agent(environment, "b"), await lab.agent(environment, "c")];
  await diskControl(environment).cutPower(DISK.name);
  for (const agent of others) assert.equal(await agent.call("agent.echo", "alive"), "alive");
  await write(others[0] as Agent, FILE, "written", true);
  await diskControl(environment).restorePower(DISK.name);
  for (const agent of others) assert.equal(await agent.call("agent.echo", "alive"), "alive");
}

async function withoutPower(lab: Lab): Promise<void> {
  const environment = await lab.open([onDisk("a"), onDisk("b")], { disks: [DISK] });
  const [control, disk] = [processControl(environment), diskControl(environment)];
  await control.kill("a");
  await disk.cutPower(DISK.name);
  await control.start("a");
  await assert.rejects(environment.container("a").startAgent(lab.signal), SeatrialError);
  await control.kill("b");
  await disk.restorePower(DISK.name);
  assert.equal(await (await lab.agent(environment, "a")).call("agent.echo", "up"), "up");
  await assert.rejects(environment.container("b").startAgent(lab.signal), SeatrialError);
  await control.start("b");
  assert.equal(await (await lab.agent(environment, "b")).call("agent.echo", "up"), "up");
}

async function lyingFlush(lab: Lab): Promise<void> {
  const { environment, disk, agent } = await openOne(lab);
  const honest = await disk.addRules(DISK.name, [rule({ on: "flush", action: "lie" })]);
  await write(agent, FILE, "synced", true);
  const { lostAcknowledgedPages } = await disk.cutPower(DISK.name);
  assert.ok(lostAcknowledgedPages > 0);
  assert.ok((await honest()).some(({ what }) => what === "flush lie"));
  await disk.restorePower(DISK.name);
  assert.deepEqual(await filesOf(await lab.agent(environment, "a")), []);
}

async function ruleError(lab: Lab): Promise<void> {
  const { disk, agent } = await openOne(lab);
  const prefix = Buffer.from("doomed").toString("hex");
  const remove = await disk.addRules(DISK.name, [rule({ on: "write", action: "error", prefix })]);
  await write(agent, FILE, "fine", true);
  await assert.rejects(write(agent, "/disk/other", "doomed", true), failsWith("EIO"));
  const hits = await remove();
  assert.ok(hits.length > 0 && hits.every(({ what, head }) => what === "write error" && head.startsWith(prefix)));
  await remove();
  await write(agent, "/disk/third", "doomed", true);
}

async function severalRules(lab: Lab): Promise<void> {
  const { environment, disk, agent } = await openOne(lab);
  const prefixes = ["first", "other"].map((text) => Buffer.from(text).toString("hex"));
  const flip = (prefix: string | undefined) =>
    disk.addRules(DISK.name, [rule({ on: "write", action: "flip", ...(prefix === undefined ? {} : { prefix }) })]);
  const [removeFirst, removeOther] = [await flip(prefixes[0]), await flip(prefixes[1])];
  await removeFirst();
  await write(agent, "/disk/first", "first".padEnd(4096), true);
  await write(agent, "/disk/other", "other".padEnd(4096), true);
  assert.equal((await removeOther()).length, 1);
  await disk.cutPower(DISK.name);
  await disk.restorePower(DISK.name);
  const next = await lab.agent(environment, "a");
  assert.equal(await next.call("files.read", { path: "/disk/first" }), "first".padEnd(4096));
  assert.notEqual(await next.call("files.read", { path: "/disk/other" }), "other".padEnd(4096));
}

async function damage(lab: Lab): Promise<void> {
  const { environment, disk, agent } = await openOne(lab);
  await write(agent, FILE, "target".padEnd(4096), true);
  const prefix = Buffer.from("target").toString("hex");
  const hits = await disk.damage(DISK.name, { how: "zero", prefix, pages: 1, bits: 1, seed: "" });
  assert.deepEqual(
    hits.map(({ what }) => what),
    ["damage zero"],
  );
  await disk.cutPower(DISK.name);
  await disk.restorePower(DISK.name);
  const next = await lab.agent(environment, "a");
  assert.equal(await next.call("files.read", { path: FILE }), "\0".repeat(4096));
}

async function shutDown(lab: Lab): Promise<void> {
  const { environment, disk, agent } = await openOne(lab);
  await write(agent, FILE, "synced", true);
  await write(agent, "/disk/unsynced", "lost");
  await disk.shutDown(DISK.name, false);
  await assert.rejects(write(agent, FILE, "more", true), failsWith("EIO"));
  await disk.cutPower(DISK.name);
  await disk.restorePower(DISK.name);
  const next = await lab.agent(environment, "a");
  assert.deepEqual(await filesOf(next), ["file"]);
  assert.equal(await next.call("files.read", { path: FILE }), "synced");
}

async function readOnly(lab: Lab): Promise<void> {
  const { environment, disk, agent } = await openOne(lab);
  await disk.setReadOnly(DISK.name, true);
  await assert.rejects(write(agent, FILE, "refused"), failsWith("EROFS"));
  await disk.setReadOnly(DISK.name, false);
  await write(agent, FILE, "accepted");
  await disk.setReadOnly(DISK.name, true);
  await processControl(environment).kill("a");
  await disk.setReadOnly(DISK.name, false);
}

async function closedInAnyState(lab: Lab): Promise<void> {
  const bring: ((environment: Environment) => Promise<void>)[] = [
    (environment) => processControl(environment).kill("a"),
    (environment) => processControl(environment).pause("a"),
    async (environment) => void (await diskControl(environment).cutPower(DISK.name)),
    (environment) => diskControl(environment).shutDown(DISK.name, true),
    async (environment) =>
      void (await diskControl(environment).addRules(DISK.name, [rule({ on: "write", action: "error" })])),
    async (environment) => {
      await diskControl(environment).cutPower(DISK.name);
      // Under way when the environment is closed.
      void diskControl(environment)
        .restorePower(DISK.name)
        .catch(() => {});
    },
  ];
  for (const state of bring) {
    const environment = await lab.open([onDisk("a")], { disks: [DISK] });
    const agent = await lab.agent(environment, "a");
    await write(agent, FILE, "not synced");
    await state(environment);
    await closeEnvironment(environment);
    await closeEnvironment(environment);
    assert.deepEqual(await lab.leftovers(), []);
  }
}

async function abortedOpen(lab: Lab): Promise<void> {
  for (const delayMs of [0, 20, 60, 120, 200, 300, 500]) {
    const reason = new Error(`aborted after ${delayMs} ms`);
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(reason), delayMs);
    const [opened] = await Promise.allSettled([lab.open([onDisk("a")], { disks: [DISK], signal: controller.signal })]);
    clearTimeout(timer);
    if (opened.status === "fulfilled") await closeEnvironment(opened.value);
    else assert.equal(opened.reason, reason);
    assert.deepEqual(await lab.leftovers(), [], reason.message);
  }
}

async function sweepRemovesDisks(lab: Lab): Promise<void> {
  const dead: Owner = { runId: `${lab.owner.runId}-dead`, lab: "another boot:1:1" };
  const { agent } = await openOne(lab);
  const theirs = await lab.open([onDisk("a")], { disks: [DISK], owner: dead });
  await write(await lab.agent(theirs, "a"), FILE, "not synced");
  assert.notDeepEqual(await lab.leftovers(dead), []);
  const told = await lab.runtime.sweep((owner) => owner.lab !== dead.lab, lab.signal);
  assert.ok(
    told.some((line) => line.includes("disk") && line.includes(dead.runId)),
    `told: ${told.join("; ")}`,
  );
  assert.deepEqual(await lab.leftovers(dead), []);
  await write(agent, FILE, "mine", true);
}
