import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { AgentGone, TaskFailure } from "../../core/agent.ts";
import { SeatrialError } from "../../core/errors.ts";
import type { BindMount } from "../../core/runtime.ts";
import { box, closeEnvironment, type Lab, type Promised } from "./lab.ts";

/** What is there when an environment has been opened, and that nothing is when it has not. */
export const CONTAINER_PROMISES: readonly Promised[] = [
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
  ["a missing source is an error with a code, and leaves nothing", missingSource],
  ["open aborted at any moment leaves nothing", abortedOpen],
  ["an environment can be closed twice", closedTwice],
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
    const [opened] = await Promise.allSettled([lab.open([box("a"), box("b")], { signal: controller.signal })]);
    if (opened.status === "fulfilled") await closeEnvironment(opened.value);
    else assert.equal(opened.reason, reason);
    assert.ok(opened.status === "rejected" || delayMs > 2, "no container stands so soon: the signal was not heard");
    clearTimeout(timer);
    assert.deepEqual(await lab.leftovers(), [], reason.message);
  }
  await assert.rejects(lab.open([box("a")], { signal: AbortSignal.abort(new Error("before")) }), /before/);
}

async function closedTwice(lab: Lab): Promise<void> {
  const environment = await lab.open([{ ...box("a"), tmpfs: ["/memory"] }]);
  const agent = await lab.agent(environment, "a");
  await closeEnvironment(environment);
  await closeEnvironment(environment);
  await assert.rejects(agent.call("agent.echo", 1), AgentGone);
  assert.deepEqual(await lab.leftovers(), []);
}
