import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { connectAgent } from "../../../src/agent/connection.ts";
import type { DiskSpec } from "../../../src/core/disk.ts";
import type { Agent, AgentBundle } from "../../../src/core/agent.ts";
import { createSystemClock } from "../../../src/core/clock.ts";
import type { BindMount, ContainerSpec, Environment, Owner, Runtime } from "../../../src/core/runtime.ts";
import type { ContractSubject } from "../../../src/runtimes/contract.ts";
import { connectEngine } from "../../../src/runtimes/docker/connect.ts";
import { createDockerRuntime, type DockerRuntime } from "../../../src/runtimes/docker/index.ts";
import { LABEL } from "../../../src/runtimes/docker/labels.ts";
import { DISK_SCRIPT, diskLeftovers } from "../disk-leftovers.ts";

export const forever = new AbortController().signal;

/** The agent as the package ships it, built before the tests. */
export function agentBundle(): AgentBundle {
  const native = `@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`;
  return {
    scriptPath: path.resolve("dist/agent/agent.cjs"),
    nodePath: process.execPath,
    nativePath: createRequire(import.meta.url).resolve(native),
  };
}

/** The runtime on the engine that DOCKER_HOST (or `env`) names. */
export function runtimeOn(env: Record<string, string | undefined> = process.env): DockerRuntime {
  return createDockerRuntime({ agent: agentBundle(), diskScriptPath: DISK_SCRIPT, env, stateDir: os.tmpdir() });
}

/** Every container, volume and disk of an owner, one line each, asked past the runtime. */
export async function leftoversOf(
  owner: Owner,
  env: Record<string, string | undefined> = process.env,
): Promise<string[]> {
  const { client } = await connectEngine(env, forever);
  const label = [`${LABEL.run}=${owner.runId}`, `${LABEL.lab}=${owner.lab}`];
  const containers = await client.listContainers({ all: true, filters: { label } });
  const { Volumes } = await client.listVolumes({ filters: { label } });
  return [
    ...containers.map(({ Names, State }) => `${Names[0]} ${State}`),
    ...(Volumes ?? []).map(({ Name }) => `volume ${Name}`),
    ...diskLeftovers(owner),
  ];
}

/** For the contract suite. */
export async function subjectOn(env: Record<string, string | undefined> = process.env): Promise<ContractSubject> {
  return { runtime: runtimeOn(env), leftovers: (owner) => leftoversOf(owner, env) };
}

/** A container with these mounts and nothing else. */
export function box(name: string, binds: BindMount[] = [], image?: string): ContainerSpec {
  return { name, binds, tmpfs: [], ...(image ? { image } : {}) };
}

/** Opens an environment, with one disk named `d` where asked for. */
export function openWith(
  runtime: Runtime,
  owner: Owner,
  containers: ContainerSpec[],
  told: string[] = [],
  hasDisk = false,
): Promise<Environment> {
  const disk: DiskSpec = { name: "d", sizeBytes: 32 * 2 ** 20, fileSystem: "ext4", mountOptions: [] };
  const spec = { name: "test", containers, disks: hasDisk ? [disk] : [] };
  return runtime.open(spec, { owner, signal: forever, progress: (step) => told.push(step) });
}

/** An owner that no other test has. */
export function freshOwner(): Owner {
  return { runId: `test-${randomUUID().slice(0, 8)}`, lab: `test:${process.pid}:0` };
}

/** An agent in a container, greeted. */
export async function agentIn(environment: Environment, container: string): Promise<Agent> {
  const channel = await environment.container(container).startAgent(forever);
  return connectAgent(channel, { clock: createSystemClock(), signal: forever });
}
