import path from "node:path";
import type { Agent } from "../../core/agent.ts";
import type { TrialContext } from "../../core/trial.ts";
import { visibilityError } from "./errors.ts";
import type { Direction, Floor, VisibilityOp } from "./model.ts";
import type { VisibilityOptions } from "./options.ts";
import { mountOf } from "./mount.ts";
import { CONTAINERS, environmentName, INSIDE, isFloor, type VisibilitySteps } from "./plan.ts";

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
  /** Measures the offsets of foreign clocks again, the floors' agents included; nothing to do on one kernel. */
  syncClocks(): Promise<void>;
  /** All sides on which the mount under trial is seen, by a name for the record. */
  sides: { name: string; side: Side }[];
}

const NONCE_FILE = ".seatrial-nonce";

/** Starts the agents that the plan needs, and makes the directories in which they meet. */
export async function buildRig(context: VisibilityContext): Promise<Rig> {
  const indices = context.plan.environments.map((_, index) => index);
  const places = await startSides(context, indices);
  const { hosts, mains, second, floors } = places;
  await makeDirectories([...hosts, floors["floor-on-host"].writer]);
  const pair = (direction: Direction | Floor, index: number): Pair => {
    if (direction === "floor-on-host" || direction === "floor-in-container") return floors[direction];
    const host = hosts[index] as Side;
    const main = mains[index] as Side;
    if (direction === "host-to-container") return { writer: host, reader: main };
    if (direction === "container-to-host") return { writer: main, reader: host };
    if (!second) throw new Error("the plan has no second container");
    return { writer: main, reader: second };
  };
  const sides = [
    { name: "host", side: hosts[0] as Side },
    ...indices.map((index) => ({ name: sideName(index, CONTAINERS.main), side: mains[index] as Side })),
    ...(second ? [{ name: sideName(0, CONTAINERS.second), side: second }] : []),
  ];
  const devices = await devicesOf(sides);
  return {
    pair,
    environmentsOf: (direction) =>
      direction === "host-to-container" || direction === "container-to-host" ? indices : [0],
    sharesSuperBlock: (direction) => {
      if (isFloor(direction)) return true;
      const other = direction === "container-to-container" ? sideName(0, CONTAINERS.second) : "host";
      return devices.get(sideName(0, CONTAINERS.main)) === devices.get(other);
    },
    syncClocks: async () => {
      const agents = [
        ...sides.map(({ side }) => side.agent),
        ...Object.values(floors).map(({ writer }) => writer.agent),
      ];
      for (const agent of agents) await agent.syncClock();
    },
    sides,
  };
}

const sideName = (index: number, container: string): string => `${environmentName(index)}/${container}`;

/** Everybody who takes part: the host and the containers by environment, and a pair for each floor. */
interface Places {
  hosts: Side[];
  mains: Side[];
  second: Side | undefined;
  floors: Record<Floor, Pair>;
}

async function startSides(context: VisibilityContext, indices: number[]): Promise<Places> {
  const { options, workdir } = context;
  const inside = (index: number) =>
    options.share === undefined
      ? INSIDE.subject
      : path.posix.join(INSIDE.subject, path.basename(workdir), environmentName(index));
  const start = (index: number, container: string) => context.agent(environmentName(index), container);
  const wantsSecond = options.directions.includes("container-to-container");
  const [host, hostFloor, mainFloor, second, ...mains] = await Promise.all([
    context.hostAgent(),
    context.hostAgent(),
    start(0, CONTAINERS.main),
    wantsSecond ? start(0, CONTAINERS.second) : undefined,
    ...indices.map((index) => start(index, CONTAINERS.main)),
  ]);
  const scratch = path.join(workdir, "floor");
  const floor = (writer: Agent, reader: Agent, directory: string): Pair => ({
    writer: { agent: writer, directory },
    reader: { agent: reader, directory },
  });
  return {
    hosts: indices.map((index) => ({ agent: host, directory: path.join(workdir, environmentName(index)) })),
    mains: mains.map((agent, index) => ({ agent, directory: inside(index) })),
    second: second && { agent: second, directory: inside(0) },
    floors: {
      "floor-on-host": floor(hostFloor, host, scratch),
      "floor-in-container": floor(mainFloor, mains[0] as Agent, INSIDE.floor),
    },
  };
}

/** What tells super blocks apart: the kernel's boot and the device number, by side. */
async function devicesOf(sides: Rig["sides"]): Promise<Map<string, string>> {
  const devices = new Map<string, string>();
  for (const { name, side } of sides) {
    const mount = mountOf(await side.agent.call<string>("files.mounts", null), side.directory);
    devices.set(name, `${side.agent.facts.bootId} ${mount?.device ?? name}`);
  }
  return devices;
}

async function makeDirectories(sides: readonly Side[]): Promise<void> {
  for (const { agent, directory } of sides) await agent.call("visibility.make-directory", { path: directory });
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
