import { mkdir, realpath } from "node:fs/promises";
import path from "node:path";
import type { ContainerSpec, Environment, EnvironmentSpec, OpenContext, RuntimeSettings } from "../../core/runtime.ts";
import { type EnvironmentDisks, openDisks } from "../disks.ts";
import { EmbeddedContainer } from "./container.ts";
import { EmbeddedEnvironment, endAll } from "./environment.ts";
import { fail } from "./errors.ts";
import { startKeeper } from "./keeper.ts";
import { layoutSteps, type Machine } from "./layout.ts";
import { type AgentPlace, checkSpec, lookAtBinds, lookAtMachine } from "./machine.ts";
import { containerEnvironment, type NamespaceOptions, unshareArgv } from "./namespaces.ts";
import { setupScript } from "./script.ts";

/** Makes all containers of an environment at once, or none. @throws EMBEDDED_*, DISK_* and the signal's reason */
export async function openEnvironment(
  spec: EnvironmentSpec,
  context: OpenContext,
  namespaces: NamespaceOptions,
  settings: RuntimeSettings,
  hasDisks: boolean,
): Promise<Environment> {
  const { signal, progress, owner } = context;
  signal.throwIfAborted();
  checkNames(spec);
  if (spec.disks?.length && !hasDisks) throw noDisks(spec);
  progress(`starting ${spec.containers.length} container(s) of "${spec.name}"`);
  const [machine, root] = await Promise.all([lookAtMachine(settings.agent), mountPoint(settings.stateDir)]);
  for (const container of spec.containers) await checkSpec(container, machine, settings.env["PATH"]);
  const disks = await openDisks(spec, context, settings);
  try {
    const start = starter({ disks, machine, root, namespaces, env: containerEnvironment(owner, settings.env["PATH"]) });
    const containers = await startAll(spec.containers, start, signal);
    return new EmbeddedEnvironment(spec.name, containers, disks, hasDisks);
  } catch (error) {
    await disks[Symbol.asyncDispose]();
    throw error;
  }
}

function noDisks({ name }: EnvironmentSpec): Error {
  const remedy = "Run `seatrial doctor`, which says what they need, or choose a runtime that has the control `disk`.";
  return fail("EMBEDDED_BAD_SPEC", `environment "${name}" asks for disks, which cannot be made here`, { remedy });
}

/** What the containers of one environment are made from. */
interface Making {
  disks: EnvironmentDisks;
  machine: Machine & { agent: AgentPlace };
  root: string;
  namespaces: NamespaceOptions;
  env: Record<string, string>;
}

type StartContainer = (spec: ContainerSpec, signal: AbortSignal) => Promise<EmbeddedContainer>;

function starter({ disks, machine, root, namespaces, env }: Making): StartContainer {
  return (spec, signal) => {
    const launch = async (until: AbortSignal) => {
      const sources = { binds: await lookAtBinds(spec), disks: disks.mountsFor(spec) };
      const script = setupScript(layoutSteps(spec, sources, machine, root));
      return startKeeper(spec.name, unshareArgv(namespaces, ["sh", "-c", script]), env, until);
    };
    return EmbeddedContainer.open(spec.name, launch, { namespaces, env, agent: machine.agent }, signal);
  };
}

/** The first failure aborts the other starts, and what had started by then is ended. */
async function startAll(
  specs: readonly ContainerSpec[],
  start: StartContainer,
  signal: AbortSignal,
): Promise<EmbeddedContainer[]> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const startOne = async (spec: ContainerSpec) => {
    try {
      return await start(spec, either);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  const starts = await Promise.allSettled(specs.map(startOne));
  const containers = starts.flatMap((ended) => (ended.status === "fulfilled" ? [ended.value] : []));
  if (!either.aborted) return containers;
  await endAll(containers);
  throw either.reason;
}

/** @throws EMBEDDED_BAD_SPEC when two containers share a name, or a name is none that a host can have. */
function checkNames({ name: environment, containers }: EnvironmentSpec): void {
  const names = containers.map(({ name }) => name);
  const bad = names.find((name, i) => !/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(name) || names.indexOf(name) !== i);
  if (bad === undefined) return;
  const detail = `environment "${environment}": the container name "${bad}" is used twice or is not letters, digits and dashes`;
  throw fail("EMBEDDED_BAD_SPEC", detail);
}

/**
 * An empty directory that every container's root is mounted on for a moment, each in its own mount namespace. It stays:
 * removing it would take the mount from under a lab that is just starting one.
 */
async function mountPoint(stateDir: string): Promise<string> {
  const directory = path.join(stateDir, "embedded-root");
  await mkdir(directory, { recursive: true });
  return realpath(directory);
}
