import fs from "node:fs";
import path from "node:path";
import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { Scope } from "../core/scope.ts";
import type { BackEnd } from "./back-end.ts";
import { runCommand } from "./command.ts";
import { driverError } from "./errors.ts";
import { createDriverMetrics, type DriverMetrics } from "./metrics.ts";
import type { ListenAt } from "./server/listen.ts";
import { serveMetrics } from "./server/serve-metrics.ts";
import { serveVolumes } from "./server/serve.ts";
import { Catalogue } from "./service/catalogue.ts";
import { HealthWatch } from "./service/health-watch.ts";
import { containersOf, seesContainers } from "./service/holders.ts";
import { Memory } from "./service/memory.ts";
import { readMountTable } from "./service/mount-table.ts";
import { Mounts } from "./service/mounts.ts";
import { VolumeService } from "./service/service.ts";
import { type HostState, openState } from "./service/state.ts";
import { Turns } from "./service/turns.ts";
import { Work } from "./service/work.ts";
import { lockState } from "./state-lock.ts";

/** A driver to be started. */
export interface DriverOptions extends ListenAt {
  /** On a disk of this host; made when it is not there. */
  stateDirectory: string;
  /** Holds the mount points, and nothing else; made when it is not there. */
  mountsDirectory: string;
  openBackEnd(): BackEnd;
  deadlines: { mountMs: number; otherMs: number };
  unmountDelayMs: number;
  isManaged: boolean;
  /** For programs of the system: `PATH` at least. */
  env: Readonly<Record<string, string>>;
  clock: Clock;
  log: Log;
  /** Loopback port for metrics; 0 takes a free one. */
  metricsPort: number | undefined;
}

/** A driver that serves. */
export interface RunningDriver {
  /** Where metrics are served. */
  metricsPort: number | undefined;
  /** Resolves when it can go on no longer, with the reason. */
  failed: Promise<string>;
  /** Ends within so many milliseconds; mounts stay. */
  close(limitMs: number): Promise<void>;
}

/** Calls that wait for the catalogue are answered within 10 s. */
const LIST_LIMIT_MS = 9000;
const DETACH_LIMIT_MS = 10_000;
const DETACH = ["umount", "-n", "-c", "-l"] as const;

/**
 * Starts a driver. It listens as soon as it has brought what it remembers and what is mounted together, which takes
 * milliseconds and waits for no back end.
 * @throws SeatrialError STATE_LOCKED, STATE_UNUSABLE, SOCKET_IN_USE, SOCKET_UNUSABLE, METRICS_UNSERVED, COMMAND_MISSING
 */
export async function startDriver(options: DriverOptions): Promise<RunningDriver> {
  const { stateDirectory, env } = options;
  makeDirectory(stateDirectory, 0o700);
  const lock = await lockState(stateDirectory, env);
  const scope = new Scope();
  scope.defer("the lock of the state", () => lock.release());
  try {
    const { metricsPort, close } = await serve(options, scope);
    return { metricsPort, close, failed: lock.lost.then(() => "the lock of the state directory was lost") };
  } catch (error) {
    await scope.close();
    throw error;
  }
}

async function serve(options: DriverOptions, scope: Scope) {
  const { stateDirectory, clock, log } = options;
  const backEnd = options.openBackEnd();
  scope.defer("the back end", () => backEnd.close());
  const state = openState({ directory: stateDirectory, clock, log, seesContainers: seesContainers() });
  const { service, mounts } = createService(options, { backEnd, state, scope });
  await service.reconcile();
  const watch = new HealthWatch(mounts, log);
  scope.defer("the watch over mounts", () => watch.close());
  const metrics = createDriverMetrics();
  const metricsPort = await showMetrics(options, { metrics, service, scope });
  const server = await serveVolumes({ ...options, volumes: service, observe: metrics.observe });
  void service.tidy();
  const close = async (limitMs: number) => {
    service.close();
    await server.close(limitMs);
    for (const { what, error } of await scope.close()) log("error", "not-closed", { what, detail: error });
  };
  return { metricsPort, close };
}

interface Parts {
  backEnd: BackEnd;
  state: HostState;
  scope: Scope;
}

function createService(options: DriverOptions, { backEnd, state, scope }: Parts) {
  const { clock, log, env, unmountDelayMs, isManaged } = options;
  makeDirectory(options.mountsDirectory, 0o711);
  const turns = new Turns();
  scope.defer("the state", () => state.close(turns.size === 0));
  const work = new Work();
  scope.defer("what is under way", () => work.close());
  const mounts = new Mounts({
    // The kernel tells of mounts by paths without links.
    root: fs.realpathSync(options.mountsDirectory),
    ...{ backEnd, work, clock, log },
    table: readMountTable,
    made: state.mounts,
    detach: async (target, signal) =>
      void (await runCommand([...DETACH, target], { env, signal, timeoutMs: DETACH_LIMIT_MS })),
  });
  const memory = new Memory(path.join(options.stateDirectory, "catalogue.json"), log);
  scope.defer("the memory of the catalogue", () => memory.close());
  const catalogue = new Catalogue({
    list: () => work.run(LIST_LIMIT_MS, (signal) => backEnd.list(signal)),
    remembered: memory.remembered,
    changed: (volumes) => memory.keep(volumes),
    ...{ clock, log },
  });
  const service = new VolumeService({
    ...{ backEnd, catalogue, mounts, state, work, turns, clock, log, unmountDelayMs, isManaged },
    isHeldElsewhere: containersOf(clock),
  });
  scope.defer("what was to be tried later", () => service.close());
  return { service, mounts };
}

interface Shown {
  metrics: DriverMetrics;
  service: VolumeService;
  scope: Scope;
}

/** The port, where metrics are wanted. */
async function showMetrics({ metricsPort }: DriverOptions, { metrics, service, scope }: Shown) {
  if (metricsPort === undefined) return undefined;
  const server = await serveMetrics(metricsPort, {
    render: async () => metrics.render(await service.status()),
    unready: () => (service.isAway() ? "the back end does not answer" : undefined),
  });
  scope.defer("the metrics", () => server.close());
  return server.port;
}

function makeDirectory(directory: string, mode: number): void {
  try {
    fs.mkdirSync(directory, { recursive: true, mode });
  } catch (error) {
    throw driverError("STATE_UNUSABLE", `${directory}: ${messageOf(error)}`, { cause: error });
  }
}
