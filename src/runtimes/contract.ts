import assert from "node:assert/strict";
import { mkdtemp, mkdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { connectAgent } from "../agent/connection.ts";
import { type Agent, AgentGone, TaskFailure } from "../core/agent.ts";
import { createSystemClock } from "../core/clock.ts";
import { SeatrialError } from "../core/errors.ts";
import type { BindMount, ContainerSpec, Controls, Environment, Owner, Runtime } from "../core/runtime.ts";
import { Scope } from "../core/scope.ts";

/** A runtime to hold to the contract, and a way to look behind it. */
export interface ContractSubject {
  runtime: Runtime;
  /** What the runtime has on this machine for an owner, one line each: processes, containers, mounts, directories. */
  leftovers(owner: Owner): Promise<string[]>;
}

/** The two functions of a test runner (Vitest, Mocha, node:test) that the contract is told to. */
export interface ContractRunner {
  /** Groups the promises of one runtime. */
  describe(name: string, body: () => void): void;
  /** Holds one promise; it is broken when `body` rejects. */
  it(name: string, body: () => Promise<void>, timeoutMs: number): void;
}

/** How the contract is held: by which test runner, how long, how often. */
export interface ContractOptions {
  runner: ContractRunner;
  /** For one promise of the contract; the one of many cycles gets ten times as long. */
  timeoutMs?: number;
  /** How often an environment is opened and closed to find what is left behind. */
  cycles?: number;
}

/** The promises that every runtime keeps. Each is held against real containers with real agents in them. */
export function describeRuntimeContract(
  name: string,
  makeSubject: () => Promise<ContractSubject>,
  options: ContractOptions,
): void {
  const { runner, timeoutMs = 60_000, cycles = 20 } = options;
  runner.describe(`the ${name} runtime keeps the contract:`, () => {
    const promise = (what: string, hold: (lab: Lab) => Promise<void>, limitMs = timeoutMs) =>
      runner.it(what, () => inLab(makeSubject, hold), limitMs);
    for (const [what, hold] of PROMISES) promise(what, hold);
    promise(`${cycles} times opened and closed leaves nothing`, (lab) => openAndClose(lab, cycles), timeoutMs * 10);
  });
}

const PROMISES: readonly (readonly [string, (lab: Lab) => Promise<void>])[] = [
  ["preflight finds nothing missing and changes nothing", preflightChangesNothing],
  ["facts are plain strings", factsArePlain],
  ["open gives all containers by name", opensAll],
  ["host and container see each other's files in a bind", bindGoesBothWays],
  ["a read-only bind refuses writes", readOnlyRefuses],
  ["a single file can be bound", singleFile],
  ["paths with blanks, quotes, colons and other scripts", oddPaths],
  ["a tmpfs is empty, writable and each container's own", tmpfsIsSeparate],
  ["a second agent shares its container's mounts", secondAgent],
  ["two containers share one source", sharedSource],
  ["processes and files of the machine stay outside", isolation],
  ["an agent ends with its stream", agentEndsWithStream],
  ["an aborted signal starts no agent", abortedAgent],
  ["a missing source is an error with a code, and leaves nothing", missingSource],
  ["open aborted at any moment leaves nothing", abortedOpen],
  ["an environment can be closed twice", closedTwice],
  ["kill ends every agent of the container and of no other", killEnds],
  ["pause silences, resume lets go on where it was", pauseSilences],
  ["a paused container can be killed and closed", pausedEnds],
  ["a killed container starts again with its mounts and none of its processes", startsAgain],
  ["a container starts again after a pause, only when it is down, and never after the end", startsOnlyWhenDown],
  ["sweep removes a dead lab's things and no others", sweepRemoves],
];

async function preflightChangesNothing(lab: Lab): Promise<void> {
  const checks = await lab.runtime.preflight(lab.signal);
  assert.ok(checks.length > 0, "preflight looked at nothing");
  assert.deepEqual(
    checks.filter(({ state }) => state === "fail"),
    [],
  );
  assert.deepEqual(await lab.leftovers(), []);
}

async function factsArePlain(lab: Lab): Promise<void> {
  const environment = await lab.open([box("a")]);
  for (const facts of [await lab.runtime.facts(lab.signal), environment.container("a").facts]) {
    assert.ok(Object.keys(facts).length > 0);
    for (const [name, value] of Object.entries(facts)) assert.match(value, /\S/, `the fact "${name}" is empty`);
    assert.deepEqual(JSON.parse(JSON.stringify(facts)), facts);
  }
}

async function opensAll(lab: Lab): Promise<void> {
  const environment = await lab.open([box("a"), box("b"), box("c-3")]);
  for (const name of ["a", "b", "c-3"]) {
    assert.equal(environment.container(name).name, name);
    assert.equal(await (await lab.agent(environment, name)).call("agent.echo", name), name);
  }
  assert.throws(() => environment.container("d"), RangeError);
}

async function bindGoesBothWays(lab: Lab): Promise<void> {
  const source = await lab.directory("data");
  const agent = await lab.agent(await lab.open([box("a", [{ source, target: "/data" }])]), "a");
  await writeFile(path.join(source, "from-host"), "ahoy");
  assert.equal(await agent.call("files.read", { path: "/data/from-host" }), "ahoy");
  await agent.call("files.write", { path: "/data/from-container", text: "aye" });
  assert.equal(await readFile(path.join(source, "from-container"), "utf8"), "aye");
}

async function readOnlyRefuses(lab: Lab): Promise<void> {
  const source = await lab.directory("data");
  await writeFile(path.join(source, "file"), "kept");
  const agent = await lab.agent(await lab.open([box("a", [{ source, target: "/data", readOnly: true }])]), "a");
  assert.equal(await agent.call("files.read", { path: "/data/file" }), "kept");
  for (const name of ["file", "new"]) {
    const write = agent.call("files.write", { path: `/data/${name}`, text: "lost" });
    await assert.rejects(write, (error) => error instanceof TaskFailure && error.systemCode === "EROFS");
  }
  assert.equal(await readFile(path.join(source, "file"), "utf8"), "kept");
}

async function singleFile(lab: Lab): Promise<void> {
  const source = path.join(await lab.directory("data"), "settings");
  await writeFile(source, "one");
  const agent = await lab.agent(await lab.open([box("a", [{ source, target: "/etc-of-test/settings" }])]), "a");
  await writeFile(source, "two");
  assert.equal(await agent.call("files.read", { path: "/etc-of-test/settings" }), "two");
  assert.deepEqual(await agent.call("files.list", { path: "/etc-of-test" }), ["settings"]);
  await agent.call("files.write", { path: "/etc-of-test/settings", text: "three" });
  assert.equal(await readFile(source, "utf8"), "three");
}

async function oddPaths(lab: Lab): Promise<void> {
  const source = await lab.directory(`it's "a" dir: $HOME, 目录 \\ü`);
  const target = "/the target, 目录";
  const agent = await lab.agent(await lab.open([box("a", [{ source, target }])]), "a");
  await writeFile(path.join(source, "ø"), "found");
  assert.equal(await agent.call("files.read", { path: `${target}/ø` }), "found");
}

async function tmpfsIsSeparate(lab: Lab): Promise<void> {
  const environment = await lab.open([
    { ...box("a"), tmpfs: ["/memory", "/more/memory"] },
    { ...box("b"), tmpfs: ["/memory"] },
  ]);
  const [a, b] = [await lab.agent(environment, "a"), await lab.agent(environment, "b")];
  assert.deepEqual(await a.call("files.list", { path: "/memory" }), []);
  await a.call("files.write", { path: "/memory/file", text: "mine" });
  assert.deepEqual(await a.call("files.list", { path: "/more/memory" }), []);
  assert.deepEqual(await b.call("files.list", { path: "/memory" }), []);
}

async function secondAgent(lab: Lab): Promise<void> {
  const environment = await lab.open([{ ...box("a"), tmpfs: ["/memory"] }]);
  const [first, second] = [await lab.agent(environment, "a"), await lab.agent(environment, "a")];
  await first.call("files.write", { path: "/memory/file", text: "shared" });
  assert.equal(await second.call("files.read", { path: "/memory/file" }), "shared");
  assert.notEqual(first.facts.pid, second.facts.pid);
}

async function sharedSource(lab: Lab): Promise<void> {
  const source = await lab.directory("data");
  const environment = await lab.open([
    box("a", [{ source, target: "/here" }]),
    box("b", [{ source, target: "/there" }]),
  ]);
  const [a, b] = [await lab.agent(environment, "a"), await lab.agent(environment, "b")];
  await a.call("files.write", { path: "/here/file", text: "shared" });
  assert.equal(await b.call("files.read", { path: "/there/file" }), "shared");
}

async function isolation(lab: Lab): Promise<void> {
  const agent = await lab.agent(await lab.open([box("a")]), "a");
  assert.ok((await agent.call<number>("process.list", {})) <= 8, "the container sees processes that are not its own");
  const look = agent.call("files.list", { path: await lab.directory("outside") });
  await assert.rejects(look, (error) => error instanceof TaskFailure && error.systemCode === "ENOENT");
}

async function agentEndsWithStream(lab: Lab): Promise<void> {
  const environment = await lab.open([box("a")]);
  const watcher = await lab.agent(environment, "a");
  const processes = () => watcher.call<number>("process.list", {});
  const before = await processes();
  const channel = await environment.container("a").startAgent(lab.signal);
  const agent = await connectAgent(channel, { clock: lab.clock, signal: lab.signal });
  assert.ok((await processes()) > before);
  await channel.close();
  assert.match((await channel.closed).reason, /\S/);
  await eventually("the agent's process has ended", async () => (await processes()) === before);
  await assert.rejects(agent.call("agent.echo", 1), AgentGone);
  await channel.close();
}

async function abortedAgent(lab: Lab): Promise<void> {
  const environment = await lab.open([box("a")]);
  await assert.rejects(environment.container("a").startAgent(AbortSignal.abort(new Error("enough"))), /enough/);
}

async function missingSource(lab: Lab): Promise<void> {
  const good = await lab.directory("data");
  const bad: BindMount = { source: path.join(good, "not there"), target: "/data" };
  await assert.rejects(lab.open([box("a", [{ source: good, target: "/data" }]), box("b", [bad])]), (error) => {
    assert.ok(error instanceof SeatrialError, String(error));
    assert.match(error.message, /not there/);
    assert.match(error.remedy, /\S/);
    return true;
  });
  assert.deepEqual(await lab.leftovers(), []);
}

async function abortedOpen(lab: Lab): Promise<void> {
  for (const delayMs of [0, 2, 8, 20, 40, 80, 160]) {
    const reason = new Error(`aborted after ${delayMs} ms`);
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(reason), delayMs);
    const [opened] = await Promise.allSettled([lab.open([box("a"), box("b")], controller.signal)]);
    if (opened.status === "fulfilled") await closeEnvironment(opened.value);
    else assert.equal(opened.reason, reason);
    assert.ok(opened.status === "rejected" || delayMs > 2, "no container stands so soon: the signal was not heard");
    clearTimeout(timer);
    assert.deepEqual(await lab.leftovers(), [], reason.message);
  }
  await assert.rejects(lab.open([box("a")], AbortSignal.abort(new Error("before"))), /before/);
}

async function closedTwice(lab: Lab): Promise<void> {
  const environment = await lab.open([{ ...box("a"), tmpfs: ["/memory"] }]);
  const agent = await lab.agent(environment, "a");
  await closeEnvironment(environment);
  await closeEnvironment(environment);
  await assert.rejects(agent.call("agent.echo", 1), AgentGone);
  assert.deepEqual(await lab.leftovers(), []);
}

async function killEnds(lab: Lab): Promise<void> {
  const environment = await lab.open([box("a"), box("b")]);
  const agents = [await lab.agent(environment, "a"), await lab.agent(environment, "a")];
  const other = await lab.agent(environment, "b");
  const ends = agents.map((agent) => assert.rejects(agent.call("agent.spin", { durationMs: 60_000 }), AgentGone));
  await processControl(environment).kill("a");
  await Promise.all(ends);
  await assert.rejects(environment.container("a").startAgent(lab.signal), SeatrialError);
  await processControl(environment).resume("a");
  assert.equal(await other.call("agent.echo", "alive"), "alive");
}

async function pauseSilences(lab: Lab): Promise<void> {
  const environment = await lab.open([box("a"), box("b")]);
  const agents = [await lab.agent(environment, "a"), await lab.agent(environment, "a")];
  const other = await lab.agent(environment, "b");
  const control = processControl(environment);
  await control.resume("a");
  for (const round of [1, 2]) {
    await control.pause("a");
    const answers = agents.map((agent) => agent.call("agent.echo", round));
    const heard = await Promise.race([...answers, wait(200, "silence")]);
    assert.equal(heard, "silence");
    assert.equal(await other.call("agent.echo", "alive"), "alive");
    await control.resume("a");
    assert.deepEqual(await Promise.all(answers), [round, round]);
  }
}

async function pausedEnds(lab: Lab): Promise<void> {
  const environment = await lab.open([box("a"), box("b")]);
  const agents = [await lab.agent(environment, "a"), await lab.agent(environment, "b")];
  const control = processControl(environment);
  await Promise.all([control.pause("a"), control.pause("b")]);
  // Where an engine must thaw a container to kill it, a call that waited may still be answered; a later one never is.
  const waiting = Promise.allSettled(agents.map((agent) => agent.call("agent.echo", "waited")));
  await control.kill("a");
  await closeEnvironment(environment);
  await waiting;
  for (const agent of agents) await assert.rejects(agent.call("agent.echo", "later"), AgentGone);
  assert.deepEqual(await lab.leftovers(), []);
}

async function startsAgain(lab: Lab): Promise<void> {
  const source = await lab.directory("data");
  const environment = await lab.open([{ ...box("a", [{ source, target: "/data" }]), tmpfs: ["/memory"] }, box("b")]);
  const other = await lab.agent(environment, "b");
  const control = processControl(environment);
  for (const round of ["one", "two"]) {
    const agent = await lab.agent(environment, "a");
    await agent.call("files.write", { path: "/data/file", text: round });
    await agent.call("files.write", { path: "/memory/file", text: round });
    await control.kill("a");
    await control.start("a");
    await assert.rejects(agent.call("agent.echo", 1), AgentGone);
    const next = await lab.agent(environment, "a");
    assert.equal(await next.call("files.read", { path: "/data/file" }), round);
    assert.deepEqual(await next.call("files.list", { path: "/memory" }), []);
    assert.ok((await next.call<number>("process.list", {})) <= 4, "the container has processes of before");
  }
  assert.equal(await other.call("agent.echo", "alive"), "alive");
}

async function startsOnlyWhenDown(lab: Lab): Promise<void> {
  const environment = await lab.open([box("a")]);
  const control = processControl(environment);
  await control.pause("a");
  await control.kill("a");
  await Promise.all([control.start("a"), control.start("a")]);
  const agent = await lab.agent(environment, "a");
  await control.start("a");
  assert.equal(await agent.call("agent.echo", "alive"), "alive");
  await control.kill("a");
  const starting = Promise.allSettled([control.start("a")]);
  await closeEnvironment(environment);
  await starting;
  await assert.rejects(control.start("a"), SeatrialError);
  assert.deepEqual(await lab.leftovers(), []);
}

async function sweepRemoves(lab: Lab): Promise<void> {
  const dead: Owner = { runId: `${lab.owner.runId}-dead`, lab: "another boot:1:1" };
  const source = await lab.directory("data");
  const mine = await lab.open([box("a")]);
  const agent = await lab.agent(mine, "a");
  const theirs = await lab.open([box("a", [{ source, target: "/data" }])], lab.signal, dead);
  await processControl(theirs).kill("a");
  await processControl(theirs).start("a");
  await lab.agent(theirs, "a");
  assert.notDeepEqual(await lab.leftovers(dead), []);
  const isAlive = (owner: Owner) => owner.lab !== dead.lab;
  const told = await lab.runtime.sweep(isAlive, lab.signal);
  assert.ok(
    told.some((line) => line.includes(dead.runId)),
    `told: ${told.join("; ")}`,
  );
  assert.ok(!told.some((line) => line.includes(`${lab.owner.runId} `)), `told: ${told.join("; ")}`);
  assert.deepEqual(await lab.leftovers(dead), []);
  assert.equal(await agent.call("agent.echo", "alive"), "alive");
  assert.deepEqual(
    (await lab.runtime.sweep(isAlive, lab.signal)).filter((line) => line.includes(dead.runId)),
    [],
  );
}

async function openAndClose(lab: Lab, cycles: number): Promise<void> {
  const source = await lab.directory("data");
  for (let cycle = 0; cycle < cycles; cycle++) {
    const environment = await lab.open([{ ...box("a", [{ source, target: "/data" }]), tmpfs: ["/memory"] }]);
    const agent = await lab.agent(environment, "a");
    await agent.call("files.write", { path: "/data/cycle", text: String(cycle) });
    await closeEnvironment(environment);
  }
  assert.equal(await readFile(path.join(source, "cycle"), "utf8"), String(cycles - 1));
  assert.deepEqual(await lab.leftovers(), []);
}

/** What one promise works with: a runtime, an owner of its own, and a clean-up of all it makes. */
class Lab {
  readonly clock = createSystemClock();
  readonly signal = new AbortController().signal;
  readonly scope = new Scope();
  readonly owner: Owner;
  readonly runtime: Runtime;
  readonly #subject: ContractSubject;
  readonly #root: string;

  constructor(subject: ContractSubject, root: string) {
    this.#subject = subject;
    this.runtime = subject.runtime;
    this.#root = root;
    this.owner = { runId: path.basename(root), lab: `contract:${process.pid}:0` };
  }

  async open(containers: ContainerSpec[], signal = this.signal, owner = this.owner): Promise<Environment> {
    const environment = await this.runtime.open(
      { name: "contract", containers },
      { owner, signal, progress: () => {} },
    );
    this.scope.defer("the environment", () => closeEnvironment(environment));
    return environment;
  }

  async agent(environment: Environment, container: string): Promise<Agent> {
    const channel = await environment.container(container).startAgent(this.signal);
    const agent = await connectAgent(channel, { clock: this.clock, signal: this.signal });
    this.scope.defer("the agent", async () => agent[Symbol.asyncDispose]());
    return agent;
  }

  /** Makes a directory on this machine that everybody may write to: containers may run as another user. */
  async directory(name: string): Promise<string> {
    const directory = path.join(this.#root, name);
    await mkdir(directory, { mode: 0o777 });
    return directory;
  }

  leftovers(owner = this.owner): Promise<string[]> {
    return this.#subject.leftovers(owner);
  }
}

async function inLab(makeSubject: () => Promise<ContractSubject>, hold: (lab: Lab) => Promise<void>): Promise<void> {
  const root = await realpath(await mkdtemp(path.join(os.tmpdir(), "seatrial-contract-")));
  const lab = new Lab(await makeSubject(), root);
  try {
    await hold(lab);
  } finally {
    const problems = await lab.scope.close();
    await rm(root, { recursive: true, force: true });
    assert.deepEqual(problems, []);
  }
  assert.deepEqual(await lab.leftovers(), []);
}

function box(name: string, binds: BindMount[] = []): ContainerSpec {
  return { name, binds, tmpfs: [] };
}

function processControl(environment: Environment): Controls["process"] {
  const control = environment.controls.process;
  assert.ok(control, "the environment has no control over processes");
  return control;
}

async function closeEnvironment(environment: Environment): Promise<void> {
  await environment[Symbol.asyncDispose]();
}

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const limitMs = 10_000;
  for (const startedMs = performance.now(); performance.now() - startedMs < limitMs; await wait(10)) {
    if (await holds()) return;
  }
  assert.fail(`not within ${limitMs / 1000} s: ${what}`);
}
