import path from "node:path";
import type { Agent } from "../../core/agent.ts";
import type { TrialContext } from "../../core/trial.ts";
import { visibilityError } from "./errors.ts";
import type { Direction, Floor, VisibilityOp } from "./model.ts";
import type { VisibilityOptions } from "./options.ts";
import { mountOf } from "./mount.ts";
import { CONTAINERS, environmentName, INSIDE, type VisibilitySteps } from "./plan.ts";

export type VisibilityContext = TrialContext<VisibilityOptions, VisibilityOp, VisibilitySteps>;

/** One side of a mount: an agent and the directory under trial as that agent sees it. */
export interface Side {
  agent: Agent;
  directory: string;
}

/** Who makes a change, and who looks for it. */
export interface Pair {
  writer: Side;
  reader: Side;
}

/** The agents of a run, two of them where a floor is measured, and who writes to whom. */
export interface Rig {
  pair(direction: Direction | Floor, environment: number): Pair;
  /** In which environments a direction can be tried. */
  environmentsOf(direction: Direction | Floor): number[];
  /** One super block on one kernel: the two sides share every cache, and events come from the kernel itself. */
  sharesSuperBlock(direction: Direction | Floor): boolean;
  /** All sides on which the mount under trial is seen, by a name for the record. */
  sides: { name: string; side: Side }[];
}

const NONCE_FILE = ".seatrial-nonce";

/** Starts the agents that the plan needs, and makes the directories in which they meet. */
export async function buildRig(context: VisibilityContext): Promise<Rig> {
  const { options, workdir } = context;
  const indices = context.plan.environments.map((_, index) => index);
  const insideDirectory = (index: number) =>
    options.share === undefined
      ? INSIDE.subject
      : path.posix.join(INSIDE.subject, path.basename(workdir), environmentName(index));
  const agent = (index: number, container: string) => context.agent(environmentName(index), container);
  const [host, hostFloor, mainFloor] = await Promise.all([
    context.hostAgent(),
    context.hostAgent(),
    agent(0, CONTAINERS.main),
  ]);
  const mains = await Promise.all(indices.map((index) => agent(index, CONTAINERS.main)));
  const needsSecond = options.directions.includes("container-to-container");
  const second = needsSecond ? await agent(0, CONTAINERS.second) : undefined;

  const onHost = (index: number): Side => ({ agent: host, directory: path.join(workdir, environmentName(index)) });
  const inMain = (index: number): Side => ({ agent: mains[index] as Agent, directory: insideDirectory(index) });
  const inSecond: Side | undefined = second && { agent: second, directory: insideDirectory(0) };
  const hostScratch = path.join(workdir, "floor");
  await makeDirectories(host, [...indices.map((index) => onHost(index).directory), hostScratch]);

  const pair = (direction: Direction | Floor, index: number): Pair => {
    if (direction === "host-to-container") return { writer: onHost(index), reader: inMain(index) };
    if (direction === "container-to-host") return { writer: inMain(index), reader: onHost(index) };
    if (direction === "floor-on-host") {
      return { writer: { agent: hostFloor, directory: hostScratch }, reader: { agent: host, directory: hostScratch } };
    }
    if (direction === "floor-in-container") {
      return {
        writer: { agent: mainFloor, directory: INSIDE.floor },
        reader: { agent: mains[0] as Agent, directory: INSIDE.floor },
      };
    }
    if (!inSecond) throw new Error("the plan has no second container");
    return { writer: inMain(0), reader: inSecond };
  };
  const sides = [
    { name: "host", side: onHost(0) },
    ...indices.map((index) => ({ name: `${environmentName(index)}/${CONTAINERS.main}`, side: inMain(index) })),
    ...(inSecond ? [{ name: `${environmentName(0)}/${CONTAINERS.second}`, side: inSecond }] : []),
  ];
  const environmentsOf = (direction: Direction | Floor) =>
    direction === "host-to-container" || direction === "container-to-host" ? indices : [0];
  const devices = await devicesOf(sides);
  const sharesSuperBlock = (direction: Direction | Floor): boolean => {
    if (direction === "floor-in-container" || direction === "floor-on-host") return true;
    const names =
      direction === "container-to-container" ? sides.slice(-1).concat(sides.slice(1, 2)) : sides.slice(0, 2);
    return new Set(names.map(({ name }) => devices.get(name))).size === 1;
  };
  return { pair, environmentsOf, sharesSuperBlock, sides };
}

/** What tells super blocks apart: the kernel's boot and the device number, by side. */
async function devicesOf(sides: Rig["sides"]): Promise<Map<string, string>> {
  const devices = new Map<string, string>();
  for (const { name, side } of sides) {
    const { device } = mountOf(await side.agent.call<string>("files.mounts", null), side.directory);
    devices.set(name, `${side.agent.facts.bootId} ${device}`);
  }
  return devices;
}

async function makeDirectories(host: Agent, directories: string[]): Promise<void> {
  for (const directory of directories) await host.call("visibility.make-directory", { path: directory });
}

/**
 * Proves that what the container shows is the directory on this machine: a word that cannot be guessed is written on the host and must
 * be read inside. An engine elsewhere mounts an empty directory of its own and says nothing.
 * @throws SeatrialError VISIBILITY_NOT_SHARED
 */
export async function proveShared(context: VisibilityContext, rig: Rig): Promise<void> {
  for (const environment of rig.environmentsOf("host-to-container")) {
    const { writer, reader } = rig.pair("host-to-container", environment);
    const nonce = `${environment}-${context.random.fork("nonce").below(2 ** 32)}-${context.clock.wallTime().toISOString()}`;
    const hostFile = path.join(writer.directory, NONCE_FILE);
    const file = path.posix.join(reader.directory, NONCE_FILE);
    await writer.agent.call("files.write", { path: hostFile, text: nonce });
    const { seenNs, last } = await reader.agent.call<{ seenNs?: number; last: string }>("visibility.await-text", {
      file,
      text: nonce,
      budgetMs: context.options.timeoutMs,
    });
    await writer.agent.call("files.remove", { path: hostFile });
    if (seenNs === undefined) {
      throw visibilityError(
        "VISIBILITY_NOT_SHARED",
        `a word written to ${hostFile} was not to be read at ${file} in ${environmentName(environment)} within ${context.options.timeoutMs} ms: ${last || "the file is empty"}`,
      );
    }
  }
}
