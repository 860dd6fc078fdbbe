import { PassThrough } from "node:stream";
import { agentFacts } from "../agent/facts.ts";
import type { TaskTable } from "../agent/protocol.ts";
import { serveAgent } from "../agent/serve.ts";
import type { AgentChannel } from "../core/agent.ts";
import type { Container, Controls, Environment, EnvironmentSpec, PreflightCheck, Runtime } from "../core/runtime.ts";

/** What the simulated machine does; each trouble is off unless asked for. */
export interface SimulationOptions {
  /** What its agents can do. */
  tasks: TaskTable;
  /** Whether it offers the `process` controls; it does by default. */
  processControls?: boolean;
  preflight?: PreflightCheck[];
  /** Called before an environment opens; what it throws is the runtime's failure. */
  onOpen?(spec: EnvironmentSpec): Promise<void> | void;
  /** Called when an environment is removed; what it throws is a failed clean-up. */
  onDispose?(name: string): Promise<void> | void;
}

/** A runtime in this process. */
export interface SimulatedRuntime extends Runtime {
  /** `environment/container` of all that exists now: empty after a clean end. */
  readonly existing: ReadonlySet<string>;
  /** Containers that are frozen now. */
  readonly paused: ReadonlySet<string>;
}

/** Containers without isolation: their agents serve the given tasks in this process, so trials and labs can be tested. */
export function createSimulatedRuntime(options: SimulationOptions): SimulatedRuntime {
  const existing = new Set<string>();
  const paused = new Set<string>();
  return {
    id: "simulated",
    controls: new Set(options.processControls === false ? [] : ["process" as const]),
    existing,
    paused,
    preflight: async () => options.preflight ?? [],
    facts: async () => ({ isolation: "none" }),
    open: async (spec, { signal }) => {
      await options.onOpen?.(spec);
      signal.throwIfAborted();
      return openEnvironment(spec, options, { existing, paused });
    },
    sweep: async () => [],
  };
}

function openEnvironment(
  spec: EnvironmentSpec,
  options: SimulationOptions,
  { existing, paused }: { existing: Set<string>; paused: Set<string> },
): Environment {
  const containers = new Map(spec.containers.map(({ name }) => [name, createContainer(name, options.tasks)]));
  const full = (name: string) => `${spec.name}/${name}`;
  const find = (name: string) => {
    const container = containers.get(name);
    if (!container) throw new RangeError(`there is no container ${name}`);
    return container;
  };
  const process: Controls["process"] = {
    kill: async (name) => {
      await find(name).end();
      existing.delete(full(name));
    },
    start: async (name) => {
      find(name).start();
      existing.add(full(name));
    },
    pause: async (name) => {
      for (const channel of find(name).channels) channel.output.pause();
      paused.add(full(name));
    },
    resume: async (name) => {
      for (const channel of find(name).channels) channel.output.resume();
      paused.delete(full(name));
    },
  };
  for (const name of containers.keys()) existing.add(full(name));
  return {
    name: spec.name,
    controls: options.processControls === false ? {} : { process },
    container: find,
    [Symbol.asyncDispose]: async () => {
      for (const [name, container] of containers) {
        await container.end();
        existing.delete(full(name));
      }
      await options.onDispose?.(spec.name);
    },
  };
}

interface SimulatedContainer extends Container {
  channels: Set<AgentChannel>;
  start(): void;
  end(): Promise<void>;
}

function createContainer(name: string, tasks: TaskTable): SimulatedContainer {
  const channels = new Set<AgentChannel>();
  let ended = false;
  return {
    name,
    facts: { isolation: "none" },
    channels,
    startAgent: async () => {
      if (ended) throw new Error(`container ${name} is gone`);
      const channel = createInProcessAgent(tasks);
      channels.add(channel);
      return channel;
    },
    start: () => {
      ended = false;
    },
    end: async () => {
      ended = true;
      for (const channel of channels) await channel.close();
      channels.clear();
    },
  };
}

/** An agent in this process, behind the same protocol as a real one. It has no foreign functions. */
export function createInProcessAgent(tasks: TaskTable): AgentChannel {
  const input = new PassThrough();
  const output = new PassThrough();
  const missing = "an agent in the lab's own process calls no foreign functions";
  const native = () => {
    throw new Error(missing);
  };
  const closed = serveAgent({ input, output, tasks, native, facts: agentFacts(missing) }).then(() => ({
    reason: "its stream was closed",
  }));
  const close = async () => {
    input.end();
    await closed;
  };
  return { input, output, closed, close, errorTail: () => "" };
}
