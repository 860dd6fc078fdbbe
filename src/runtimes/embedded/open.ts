import { mkdir, realpath } from "node:fs/promises";
import path from "node:path";
import type { ContainerSpec, Environment, EnvironmentSpec, OpenContext, RuntimeSettings } from "../../core/runtime.ts";
import { EmbeddedContainer } from "./container.ts";
import { EmbeddedEnvironment, endAll } from "./environment.ts";
import { fail } from "./errors.ts";
import { startKeeper } from "./keeper.ts";
import { layoutSteps } from "./layout.ts";
import { checkSpec, lookAtBinds, lookAtMachine } from "./machine.ts";
import { containerEnvironment, type NamespaceOptions, unshareArgv } from "./namespaces.ts";
import { setupScript } from "./script.ts";

/** Makes all containers of an environment at once, or none. @throws EMBEDDED_* and the signal's reason */
export async function openEnvironment(
  spec: EnvironmentSpec,
  { owner, signal, progress }: OpenContext,
  namespaces: NamespaceOptions,
  settings: RuntimeSettings,
): Promise<Environment> {
  signal.throwIfAborted();
  checkNames(spec);
  progress(`starting ${spec.containers.length} container(s) of "${spec.name}"`);
  const [machine, root] = await Promise.all([lookAtMachine(settings.agent), mountPoint(settings.stateDir)]);
  for (const container of spec.containers) await checkSpec(container, machine, settings.env["PATH"]);
  const env = containerEnvironment(owner, settings.env["PATH"]);
  const entry = { namespaces, env, agent: machine.agent };
  const start = (container: ContainerSpec, either: AbortSignal) => {
    const launch = async (until: AbortSignal) => {
      const steps = layoutSteps(container, await lookAtBinds(container), machine, root);
      return startKeeper(container.name, unshareArgv(namespaces, ["sh", "-c", setupScript(steps)]), env, until);
    };
    return EmbeddedContainer.open(container.name, launch, entry, either);
  };
  return new EmbeddedEnvironment(spec.name, await startAll(spec.containers, start, signal));
}

/** The first failure aborts the other starts, and what had started by then is ended. */
async function startAll(
  specs: readonly ContainerSpec[],
  start: (spec: ContainerSpec, signal: AbortSignal) => Promise<EmbeddedContainer>,
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
