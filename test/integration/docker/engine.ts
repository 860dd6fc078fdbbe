import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import type { ContractSubject } from "../../../src/runtimes/contract.ts";
import type { AgentBundle } from "../../../src/core/agent.ts";
import type { Owner } from "../../../src/core/runtime.ts";
import { connectEngine } from "../../../src/runtimes/docker/connect.ts";
import { createDockerRuntime, type DockerRuntime } from "../../../src/runtimes/docker/index.ts";
import { LABEL } from "../../../src/runtimes/docker/labels.ts";

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
  return createDockerRuntime({ agent: agentBundle(), env, stateDir: os.tmpdir() });
}

/** Every container of an owner, one line each, asked past the runtime. */
export async function leftoversOf(
  owner: Owner,
  env: Record<string, string | undefined> = process.env,
): Promise<string[]> {
  const { client } = await connectEngine(env, forever);
  const label = [`${LABEL.run}=${owner.runId}`, `${LABEL.lab}=${owner.lab}`];
  const containers = await client.listContainers({ all: true, filters: { label } });
  return containers.map(({ Names, State }) => `${Names[0]} ${State}`);
}

/** For the contract suite. */
export async function subjectOn(env: Record<string, string | undefined> = process.env): Promise<ContractSubject> {
  return { runtime: runtimeOn(env), leftovers: (owner) => leftoversOf(owner, env) };
}
