import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type Dockerode from "dockerode";
import { messageOf } from "../../../core/errors.ts";
import { Scope } from "../../../core/scope.ts";
import { NotOffered, type ServiceSpec, type ServiceTask, type Swarm } from "../subject.ts";
import { mountOf } from "./container.ts";
import { engineError } from "./errors.ts";
import { asked, found } from "./refusal.ts";

/** An engine of the suite's own that is to be one of a swarm. */
export interface SwarmMember {
  engine: Dockerode;
  image: string;
  driver: string;
  /** Of the engine, on this machine: its network is private. */
  pid: number;
}

/** Kept for examples (RFC 5737): nobody else is on the cable. */
const ADDRESSES = ["192.0.2.1", "192.0.2.2"] as const;
const PORT = 2377;
const CABLE = "swarm0";
/** Beside the ingress network, and there for good once an engine was in a swarm. */
const BRIDGE = "docker_gwbridge";
const ENDED = new Set(["complete", "failed", "rejected", "shutdown", "orphaned", "remove"]);
/** Until all containers of a service have ended; what goes on after that has not. */
const SERVICE_LIMIT_MS = 600_000;
const GONE_LIMIT_MS = 20_000;
const LOOK_EVERY_MS = 100;

/** Makes a swarm of two engines, the first its manager. @throws EngineRefused; NotOffered where there can be no cable */
export async function makeSwarm(members: readonly [SwarmMember, SwarmMember]): Promise<Swarm> {
  const [manager, worker] = members;
  const scope = new Scope();
  const dispose = async () => {
    const [problem] = await scope.close();
    if (problem) throw engineError("VOLUME_ENGINE_FAILED", `${problem.what}: ${problem.error}`);
  };
  try {
    await layCable(members, scope);
    const at = (address: string) => ({ ListenAddr: `${address}:${PORT}`, AdvertiseAddr: address });
    for (const { engine } of members) scope.defer("leave the swarm", () => leave(engine));
    await asked(manager.engine.swarmInit(at(ADDRESSES[0])));
    const { JoinTokens } = (await asked(manager.engine.swarmInspect())) as { JoinTokens: { Worker: string } };
    const join = { RemoteAddrs: [`${ADDRESSES[0]}:${PORT}`], JoinToken: JoinTokens.Worker };
    await asked(worker.engine.swarmJoin({ ...at(ADDRESSES[1]), ...join }));
  } catch (error) {
    await scope.close();
    throw error;
  }
  return { run: (spec) => runService(members, spec), [Symbol.asyncDispose]: dispose };
}

/** Between two networks that have nothing else. */
async function layCable(
  [{ pid: here }, { pid: there }]: readonly [SwarmMember, SwarmMember],
  scope: Scope,
): Promise<void> {
  await ip(here, "link", "add", CABLE, "type", "veth", "peer", "name", CABLE, "netns", String(there));
  scope.defer("the cable", () => ip(here, "link", "delete", CABLE));
  for (const [index, pid] of [here, there].entries()) {
    await ip(pid, "address", "add", `${ADDRESSES[index]}/30`, "dev", CABLE);
    // An engine reaches its own address through the loopback device.
    for (const device of ["lo", CABLE]) await ip(pid, "link", "set", device, "up");
  }
}

async function ip(pid: number, ...words: string[]): Promise<void> {
  try {
    await promisify(execFile)("nsenter", ["--target", String(pid), "--net", "--", "ip", ...words]);
  } catch (error) {
    throw new NotOffered(`no cable can be laid between the engines: ${messageOf(error)}`);
  }
}

async function leave(engine: Dockerode): Promise<void> {
  await found(engine.swarmLeave({ force: true }));
  await found(engine.getNetwork(BRIDGE).remove());
}

async function runService(
  [manager, worker]: readonly [SwarmMember, SwarmMember],
  spec: ServiceSpec,
): Promise<ServiceTask[]> {
  const service = await asked(manager.engine.createService({}, serviceOf(manager, spec)));
  try {
    const tasks = await untilEnded(manager.engine, service.id);
    const nodes = (await asked(manager.engine.listNodes())) as SwarmNode[];
    const nameOf = (id: string) => nodes.find(({ ID }) => ID === id)?.Description.Hostname ?? "";
    return tasks.map((task) => toldTask(task, nameOf(task.NodeID)));
  } finally {
    await asked(service.remove());
    for (const { engine } of [manager, worker]) await untilGone(engine, service.id);
  }
}

/** Without a network of its own: one for all hosts needs kernel modules that not every machine has. */
function serviceOf({ image, driver }: SwarmMember, { script, mount, containers }: ServiceSpec): Dockerode.ServiceSpec {
  return {
    Name: mount.volume,
    TaskTemplate: {
      ContainerSpec: {
        ...{ Image: image, Command: ["/bin/sh", "-c", script], Env: ["SLOT={{.Task.Slot}}"] },
        ...{ Mounts: [mountOf(driver, mount)], StopGracePeriod: 1e9 },
      },
      RestartPolicy: { Condition: "none" },
      Placement: { MaxReplicas: Math.ceil(containers / ADDRESSES.length) },
      Networks: [{ Target: "host" }],
    },
    Mode: { Replicated: { Replicas: containers } },
  };
}

async function untilEnded(engine: Dockerode, service: string): Promise<Task[]> {
  const limit = AbortSignal.timeout(SERVICE_LIMIT_MS);
  for (;;) {
    const tasks = (await asked(engine.listTasks({ filters: { service: [service] } }))) as Task[];
    const haveEnded = tasks.length > 0 && tasks.every(({ Status }) => ENDED.has(Status.State));
    if (haveEnded || limit.aborted) return tasks;
    await delay(LOOK_EVERY_MS);
  }
}

/** A volume is in use as long as there is a container that had it. */
async function untilGone(engine: Dockerode, service: string): Promise<void> {
  const limit = AbortSignal.timeout(GONE_LIMIT_MS);
  const filters = { label: [`com.docker.swarm.service.id=${service}`] };
  while (!limit.aborted && (await asked(engine.listContainers({ all: true, filters }))).length > 0)
    await delay(LOOK_EVERY_MS);
}

// What the client does not tell the types of.
interface SwarmNode {
  ID: string;
  Description: { Hostname: string };
}

interface Task {
  NodeID: string;
  Slot: number;
  Status: { State: string; Err?: string; ContainerStatus?: { ExitCode?: number } };
}

function toldTask({ Slot, Status: { State, Err = "", ContainerStatus } }: Task, host: string): ServiceTask {
  const hasRun = State === "complete" || State === "failed";
  return { slot: Slot, host, status: hasRun ? (ContainerStatus?.ExitCode ?? -1) : -1, output: Err || State };
}
