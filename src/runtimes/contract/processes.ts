import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { connectAgent } from "../../agent/connection.ts";
import { AgentGone } from "../../core/agent.ts";
import { SeatrialError } from "../../core/errors.ts";
import type { Owner } from "../../core/runtime.ts";
import { box, closeEnvironment, eventually, type Lab, processControl, type Promised } from "./lab.ts";

/** What ends, freezes and starts processes, and what becomes of those of a lab that is dead. */
export const PROCESS_PROMISES: readonly Promised[] = [
  ["an agent ends with its stream", agentEndsWithStream],
  ["an aborted signal starts no agent", abortedAgent],
  ["kill ends every agent of the container and of no other", killEnds],
  ["pause silences, resume lets go on where it was", pauseSilences],
  ["a paused container can be killed and closed", pausedEnds],
  ["a killed container starts again with its mounts and none of its processes", startsAgain],
  ["a container starts again after a pause, only when it is down, and never after the end", startsOnlyWhenDown],
  ["sweep removes a dead lab's things and no others", sweepRemoves],
];

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
  const theirs = await lab.open([box("a", [{ source, target: "/data" }])], { owner: dead });
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
