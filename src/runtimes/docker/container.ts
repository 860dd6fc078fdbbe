import { existsSync } from "node:fs";
import type { Duplex } from "node:stream";
import type Dockerode from "dockerode";
import type { AgentChannel } from "../../core/agent.ts";
import type { Container, ContainerSpec } from "../../core/runtime.ts";
import { orAborted } from "./abort.ts";
import { hijackedChannel } from "./channel.ts";
import type { Engine } from "./connect.ts";
import { containerOptions, type Surroundings } from "./container-options.ts";
import { accepting, engineMessage, refused } from "./engine-error.ts";
import { fail } from "./errors.ts";

/** How long the container's first process may take to say that it is up, on a busy machine. */
const START_LIMIT_MS = 30_000;

/** A request that the engine does not answer within this long is given up, so that nothing waits for a hung engine. */
const REQUEST_LIMIT_MS = 60_000;

/**
 * Creates and starts one container; resolves when Node.js runs in it. Not cut short by a signal: what has been asked
 * of the engine is awaited, so that the caller's removal by name finds all there is.
 * @throws MOUNT_SOURCE_MISSING, CONTAINER_START_FAILED, IMAGE_PLATFORM
 */
export async function launch(engine: Engine, spec: ContainerSpec, surroundings: Surroundings): Promise<Container> {
  const container = await create(engine, spec, surroundings);
  const keeper = await attach(container);
  try {
    await container.start({ abortSignal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
    await untilUp(keeper);
  } catch (error) {
    throw startFailure(spec, engineMessage(error), error);
  }
  const { reference } = surroundings.image;
  return {
    name: spec.name,
    facts: { id: container.id.slice(0, 12), name: surroundings.fullName, image: reference, engine: engine.candidate.address },
    startAgent: (signal) => startAgent(container, spec.name, surroundings.image.serve, signal),
  };
}

async function create({ client, candidate }: Engine, spec: ContainerSpec, surroundings: Surroundings): Promise<Dockerode.Container> {
  try {
    const options = containerOptions(spec, surroundings);
    return await client.createContainer({ ...options, abortSignal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  } catch (error) {
    const message = engineMessage(error);
    const source = missingSource(message, spec);
    if (source === undefined) throw refused(`creating the container "${spec.name}"`, error);
    const elsewhere = existsSync(source)
      ? `It exists on this machine, so the engine at ${candidate.address} runs on another one or in a virtual machine that does not share it: use an engine here, share the directory with it, or choose one that it shares.`
      : undefined;
    throw fail("MOUNT_SOURCE_MISSING", `${source} for the container "${spec.name}": ${message}`, {
      cause: error,
      ...(elsewhere ? { remedy: elsewhere } : {}),
    });
  }
}

/** Docker says "bind source path does not exist: X", Podman "statfs X: no such file or directory". */
function missingSource(message: string, { binds }: ContainerSpec): string | undefined {
  if (!/does not exist|no such file or directory/i.test(message)) return undefined;
  return binds.map(({ source }) => source).find((source) => message.includes(source));
}

async function attach(container: Dockerode.Container): Promise<AgentChannel> {
  // The client also sends these as a body, which the engine may pass on as standard input; the keeper reads none of it.
  const stream = (await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true })) as Duplex;
  return hijackedChannel(stream, async () => "its first process ended");
}

function untilUp(keeper: AgentChannel): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Node.js did not start within ${START_LIMIT_MS / 1000} s`)), START_LIMIT_MS);
    keeper.output.once("data", () => {
      clearTimeout(timer);
      resolve();
    });
    void keeper.closed.then(({ reason }) => {
      clearTimeout(timer);
      reject(new Error(keeper.errorTail().trim() || reason));
    });
  });
}

function startFailure(spec: ContainerSpec, message: string, cause: unknown): Error {
  const detail = `${spec.name}${spec.image ? ` from ${spec.image}` : ""}: ${message}`;
  const source = missingSource(message, spec);
  if (source) return fail("MOUNT_SOURCE_MISSING", `${source} for the container ${detail}`, { cause });
  return fail(/exec format error/i.test(message) ? "IMAGE_PLATFORM" : "CONTAINER_START_FAILED", detail, { cause });
}

async function startAgent(container: Dockerode.Container, name: string, command: readonly string[], signal: AbortSignal): Promise<AgentChannel> {
  try {
    const streams = { AttachStdin: true, AttachStdout: true, AttachStderr: true };
    const exec = await container.exec({ ...streams, Cmd: [...command], abortSignal: signal });
    const started = exec.start({ hijack: true, stdin: true, Tty: false });
    const stream = await orAborted(started, signal, (late) => late.destroy());
    return hijackedChannel(stream, () => exitReason(exec));
  } catch (error) {
    signal.throwIfAborted();
    throw fail("AGENT_START_FAILED", `in "${name}": ${engineMessage(error)}`, { cause: error });
  }
}

async function exitReason(exec: Dockerode.Exec): Promise<string> {
  const state = await exec.inspect({ abortSignal: AbortSignal.timeout(REQUEST_LIMIT_MS) }).catch(() => undefined);
  if (!state) return "its container is gone";
  return state.Running ? "the engine closed the stream" : `exit status ${state.ExitCode}`;
}

/** Kills and removes a container by name or id, with its anonymous volumes; resolves when it is gone, or was. */
export async function removeContainer({ client }: Engine, name: string, signal: AbortSignal): Promise<void> {
  const container = client.getContainer(name);
  const removed = await accepting([404, 409], () => container.remove({ force: true, v: true, abortSignal: signal }));
  // 409: its own end (or somebody else) is removing it already.
  if (!removed) await accepting([404], () => container.wait({ condition: "removed", abortSignal: signal }));
}
