import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { connectAgent } from "../../agent/connection.ts";
import type { Agent } from "../../core/agent.ts";
import { createSystemClock } from "../../core/clock.ts";
import type { DiskSpec } from "../../core/disk.ts";
import type { BindMount, ContainerSpec, Controls, Environment, Owner, Runtime } from "../../core/runtime.ts";
import { Scope } from "../../core/scope.ts";

/** A runtime to hold to the contract, and a way to look behind it. */
export interface ContractSubject {
  runtime: Runtime;
  /** What the runtime has on this machine for an owner, one line each: processes, containers, mounts, directories. */
  leftovers(owner: Owner): Promise<string[]>;
}

/** What a runtime promises, and how that is held. */
export type Promised = readonly [what: string, hold: (lab: Lab) => Promise<void>];

/** How an environment is opened, where it is not as all others. */
interface OpenMore {
  signal?: AbortSignal;
  owner?: Owner;
  disks?: DiskSpec[];
}

/** What one promise works with: a runtime, an owner of its own, and a clean-up of all it makes. */
export class Lab {
  readonly clock = createSystemClock();
  readonly signal: AbortSignal = new AbortController().signal;
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

  async open(containers: ContainerSpec[], more: OpenMore = {}): Promise<Environment> {
    const { signal = this.signal, owner = this.owner, disks } = more;
    const spec = { name: "contract", containers, ...(disks ? { disks } : {}) };
    const environment = await this.runtime.open(spec, { owner, signal, progress: () => {} });
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

/** Holds one promise in a lab of its own, and then that nothing of that is left. */
export async function inLab(
  makeSubject: () => Promise<ContractSubject>,
  hold: (lab: Lab) => Promise<void>,
): Promise<void> {
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

/** A container with nothing but these binds. */
export function box(name: string, binds: BindMount[] = []): ContainerSpec {
  return { name, binds, tmpfs: [] };
}

/** The environment's control over processes, which every runtime of this suite has. */
export function processControl(environment: Environment): Controls["process"] {
  const control = environment.controls.process;
  assert.ok(control, "the environment has no control over processes");
  return control;
}

/** Disposes of it. */
export async function closeEnvironment(environment: Environment): Promise<void> {
  await environment[Symbol.asyncDispose]();
}

/** Looks every 10 ms until it holds. @throws AssertionError after 10 s */
export async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const limitMs = 10_000;
  for (const startedMs = performance.now(); performance.now() - startedMs < limitMs; await wait(10)) {
    if (await holds()) return;
  }
  assert.fail(`not within ${limitMs / 1000} s: ${what}`);
}
