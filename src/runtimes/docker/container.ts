import { statSync } from "node:fs";
import type { Duplex } from "node:stream";
import type Dockerode from "dockerode";
import type { AgentChannel } from "../../core/agent.ts";
import type { Container, ContainerSpec } from "../../core/runtime.ts";
import type { DeviceMount } from "../disks.ts";
import { createTurns, type Turns } from "../turns.ts";
import { orAborted } from "./abort.ts";
import { hijackedChannel } from "./channel.ts";
import type { Engine } from "./connect.ts";
import { containerOptions, type ContainerSetting } from "./container-options.ts";
import { accepting, engineMessage, isUnanswered, refused, statusOf } from "./engine-error.ts";
import { dockerErrors, fail } from "./errors.ts";
import { startExec } from "./exec.ts";

/** How long the container's first process may take to say that it is up, on a busy machine. */
const START_LIMIT_MS = 30_000;

/** A request that the engine does not answer within this long is given up, so that nothing waits for a hung engine. */
const REQUEST_LIMIT_MS = 60_000;

/** How long a container that ended may take to remove itself. */
const SELF_REMOVAL_LIMIT_MS = 10_000;

/** A container, with what the runtime itself needs to control it. */
export interface RunningContainer extends Container {
  /** The engine's container of this moment: each start makes another. */
  readonly handle: Dockerode.Container;
  /** Starting, starting an agent and pausing keep out of each other's way. */
  readonly turns: Turns;
  /** Makes it anew once it has ended. Safe when it is up. */
  start(): Promise<void>;
  /** No start begins after this; resolves when none is under way. */
  noMoreStarts(): Promise<void>;
}

/** What `launch` needs: a container's setting, with disks that are looked up at each start. */
export interface LaunchSetting extends Omit<ContainerSetting, "disks"> {
  disksNow(): readonly DeviceMount[];
}

/** Creates and starts one container. @throws what `bringUp` throws */
export async function launch(engine: Engine, spec: ContainerSpec, setting: LaunchSetting): Promise<RunningContainer> {
  const make = async () => (await bringUp(engine, spec, { ...setting, disks: setting.disksNow() })).container;
  let handle = await make();
  let starting: Promise<void> = Promise.resolve();
  let isOver = false;
  const turns = createTurns();
  const { image, fullName } = setting;
  const startAgain = async () => {
    if (isOver) throw fail("CONTAINER_NOT_RUNNING", `the environment of "${spec.name}" has been closed`);
    if (await isUp(handle)) return;
    // It removes itself when it ends, which takes a moment in which its name is still taken.
    await removeContainer(engine, fullName, AbortSignal.timeout(REQUEST_LIMIT_MS));
    handle = await make();
  };
  return {
    name: spec.name,
    turns,
    get handle() {
      return handle;
    },
    get facts() {
      const id = handle.id.slice(0, 12);
      return { id, name: fullName, image: image.reference, engine: engine.candidate.address };
    },
    startAgent: (signal) => startAgent(() => turns(() => startExec(handle, image.serve)), spec.name, signal),
    start: () => {
      const start = turns(startAgain);
      starting = start.catch(() => {});
      return start;
    },
    noMoreStarts: () => {
      isOver = true;
      return starting;
    },
  };
}

/** The boot id of the kernel that the engine's containers run on, from a container that ends with the look. */
export async function bootIdOf(engine: Engine, setting: Omit<ContainerSetting, "disks">): Promise<string> {
  try {
    const spec = { name: "kernel", binds: [], tmpfs: [] };
    return (await bringUp(engine, spec, { ...setting, disks: [] })).bootId;
  } finally {
    await removeContainer(engine, setting.fullName, AbortSignal.timeout(REQUEST_LIMIT_MS));
  }
}

async function isUp(container: Dockerode.Container): Promise<boolean> {
  const limited = AbortSignal.timeout(REQUEST_LIMIT_MS);
  let running = false;
  await accepting([404], async () => {
    running = (await container.inspect({ abortSignal: limited })).State.Running;
  });
  return running;
}

/**
 * Creates and starts one container; resolves when Node.js runs in it. Not cut short by a signal: what has been asked
 * of the engine is awaited, so that the caller's removal by name finds all there is.
 * @throws MOUNT_SOURCE_MISSING, CONTAINER_START_FAILED, IMAGE_PLATFORM
 */
async function bringUp(
  engine: Engine,
  spec: ContainerSpec,
  setting: ContainerSetting,
): Promise<{ container: Dockerode.Container; bootId: string }> {
  const container = await create(engine, spec, setting);
  try {
    const keeper = await attach(container);
    await container.start({ abortSignal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
    return { container, bootId: await untilUp(keeper) };
  } catch (error) {
    throw isUnanswered(error)
      ? refused(`starting the container "${spec.name}"`, error)
      : startFailure(spec, engineMessage(error), error);
  }
}

async function create(engine: Engine, spec: ContainerSpec, setting: ContainerSetting): Promise<Dockerode.Container> {
  const { client, candidate } = engine;
  requireSources(spec);
  await requireVolumes(engine, spec);
  try {
    const options = containerOptions(spec, setting);
    return await client.createContainer({ ...options, abortSignal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  } catch (error) {
    const message = engineMessage(error);
    const source = spec.binds.find((bind) => message.includes(bind.source))?.source;
    if (source === undefined || !/does not exist|no such file/i.test(message)) {
      throw refused(`creating the container "${spec.name}"`, error);
    }
    const remedy = `${source} exists on this machine, so the engine at ${candidate.address} sees other directories: it runs elsewhere, in a virtual machine, or outside of the container that this runs in. Use an engine here, or a directory that both share.`;
    throw fail("MOUNT_SOURCE_MISSING", `${spec.name}: ${message}`, { remedy, cause: error });
  }
}

/** Looked at here first: Podman makes an empty directory of what is missing. */
function requireSources({ name, binds }: ContainerSpec): void {
  for (const { source } of binds) {
    if (!statSync(source, { throwIfNoEntry: false }))
      throw fail("MOUNT_SOURCE_MISSING", `${name}: ${source} does not exist`);
  }
}

/** Looked at here first: the engine makes an empty volume of a name that it does not know. */
async function requireVolumes({ client }: Engine, { name, volumes = [] }: ContainerSpec): Promise<void> {
  for (const { volume } of volumes) {
    const abortSignal = AbortSignal.timeout(REQUEST_LIMIT_MS);
    try {
      await client.getVolume(volume).inspect({ abortSignal });
    } catch (error) {
      if (statusOf(error) === 404) throw fail("VOLUME_MISSING", `${name}: no volume "${volume}"`);
      throw refused(`looking for the volume "${volume}"`, error);
    }
  }
}

async function attach(container: Dockerode.Container): Promise<AgentChannel> {
  // The client also sends these as a body, which the engine may pass on as standard input; the keeper reads none of it.
  const stream = (await container.attach({
    stream: true,
    stdin: true,
    stdout: true,
    stderr: true,
    hijack: true,
  })) as Duplex;
  return hijackedChannel(stream, async () => "its first process ended");
}

function untilUp(keeper: AgentChannel): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`Node.js did not start within ${START_LIMIT_MS / 1000} s`)),
      START_LIMIT_MS,
    );
    keeper.output.once("data", (said: Buffer) => {
      clearTimeout(timer);
      resolve(said.toString().trim());
    });
    void keeper.closed.then(({ reason }) => {
      clearTimeout(timer);
      reject(new Error(keeper.errorTail().trim() || reason));
    });
  });
}

function startFailure(spec: ContainerSpec, message: string, cause: unknown): Error {
  const detail = `${spec.name}${spec.image ? ` from ${spec.image}` : ""}: ${message}`;
  if (/exec format error/i.test(message)) return fail("IMAGE_PLATFORM", detail, { cause });
  const aboutImage = spec.image ? {} : { remedy: dockerErrors.ENGINE_REFUSED.remedy };
  return fail("CONTAINER_START_FAILED", detail, { cause, ...aboutImage });
}

async function startAgent(
  start: () => Promise<AgentChannel>,
  name: string,
  signal: AbortSignal,
): Promise<AgentChannel> {
  signal.throwIfAborted();
  try {
    return await orAborted(start(), signal, (late) => void late.close());
  } catch (error) {
    signal.throwIfAborted();
    throw fail("AGENT_START_FAILED", `in "${name}": ${engineMessage(error)}`, { cause: error });
  }
}

/** Kills and removes a container by name or id, with its anonymous volumes; resolves when it is gone, or was. */
export async function removeContainer({ client }: Engine, name: string, signal: AbortSignal): Promise<void> {
  const container = client.getContainer(name);
  try {
    await container.remove({ force: true, v: true, abortSignal: signal });
  } catch (error) {
    if (statusOf(error) === 404) return;
    // Killed, it may have begun to remove itself: Docker answers 409 then, Podman 500.
    const limited = AbortSignal.any([signal, AbortSignal.timeout(SELF_REMOVAL_LIMIT_MS)]);
    const wait = container.wait({ condition: "removed", abortSignal: limited }) as Promise<unknown>;
    await wait.catch((problem: unknown) => {
      if (statusOf(problem) !== 404) throw error;
    });
  }
}
