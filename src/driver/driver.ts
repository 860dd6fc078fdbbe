import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { BackEnd, KnownVolume } from "./back-end.ts";
import { runCommand } from "./command.ts";
import { driverError } from "./errors.ts";
import { seal, unseal } from "./sealed.ts";
import { type AnsweredCall, serveVolumes } from "./server/serve.ts";
import { Catalogue } from "./service/catalogue.ts";
import { readMountTable } from "./service/mount-table.ts";
import { Mounts } from "./service/mounts.ts";
import { VolumeService } from "./service/service.ts";
import { type HostState, openState } from "./service/state.ts";
import { replaceFile, Saver } from "./service/whole-file.ts";
import { Work } from "./service/work.ts";
import { lockState } from "./state-lock.ts";

/** A driver to be started. */
export interface DriverOptions {
  socketPath: string;
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
  observe(call: AnsweredCall): void;
}

/** A driver that serves. */
export interface RunningDriver {
  service: VolumeService;
  /** Resolves when it can go on no longer, with the reason. */
  failed: Promise<string>;
  /** Ends within so many milliseconds; mounts stay. */
  close(limitMs: number): Promise<void>;
}

const CATALOGUE_LIMIT_MS = 9000;
const DETACH = ["umount", "-n", "-c", "-l"] as const;

/**
 * Starts a driver: it listens at once, and answers when it has brought what it remembers and what is mounted together.
 * @throws SeatrialError STATE_LOCKED, STATE_UNUSABLE, SOCKET_IN_USE, SOCKET_UNUSABLE
 */
export async function startDriver(options: DriverOptions): Promise<RunningDriver> {
  const { stateDirectory, env, clock, log, observe } = options;
  makeDirectory(stateDirectory, 0o700);
  const lock = await lockState(stateDirectory, env);
  try {
    const backEnd = options.openBackEnd();
    const state = openState({ directory: stateDirectory, clock, log });
    const work = new Work();
    const service = createService(options, { backEnd, state, work });
    await service.reconcile();
    const server = await serveVolumes({ ...options, volumes: service, clock, log, observe });
    const close = async (limitMs: number) => {
      service.close();
      await server.close(limitMs);
      work.close();
      await state.save().catch((error: unknown) => log("error", "state-not-saved", { detail: messageOf(error) }));
      await backEnd.close();
      lock.release();
    };
    return { service, failed: lock.lost.then(() => "the lock of the state directory was lost"), close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface Parts {
  backEnd: BackEnd;
  state: HostState;
  work: Work;
}

function createService(options: DriverOptions, { backEnd, state, work }: Parts): VolumeService {
  const { clock, log, env, unmountDelayMs, isManaged } = options;
  makeDirectory(options.mountsDirectory, 0o711);
  const mounts = new Mounts({
    // The kernel tells of mounts by paths without links.
    root: fs.realpathSync(options.mountsDirectory),
    ...{ backEnd, work, clock, log },
    table: readMountTable,
    made: state.mounts,
    detach: async (target, signal) =>
      void (await runCommand([...DETACH, target], { env, signal, timeoutMs: CATALOGUE_LIMIT_MS })),
  });
  const memory = openMemory(path.join(options.stateDirectory, "catalogue.json"), log);
  const catalogue = new Catalogue({
    list: () => work.run(CATALOGUE_LIMIT_MS, (signal) => backEnd.list(signal)),
    ...{ ...memory, clock, log },
  });
  return new VolumeService({ backEnd, catalogue, mounts, state, work, clock, log, unmountDelayMs, isManaged });
}

const memorySchema = z.array(z.object({ name: z.string(), createdAt: z.string().optional() }));
const MEMORY_PAUSE_MS = 1000;

/** Which volumes were known when the driver last ran: all that an engine can be told of when it starts in an outage. */
function openMemory(file: string, log: Log) {
  let latest: readonly KnownVolume[] = [];
  let timer: NodeJS.Timeout | undefined;
  const saver = new Saver(() => replaceFile(file, seal(latest.map(({ name, createdAt }) => ({ name, createdAt })))));
  const save = () => {
    timer = undefined;
    saver.save().catch((error: unknown) => log("warn", "catalogue-not-saved", { detail: messageOf(error) }));
  };
  const changed = (volumes: readonly KnownVolume[]) => {
    latest = volumes;
    timer ??= setTimeout(save, MEMORY_PAUSE_MS).unref();
  };
  return { remembered: readMemory(file, log), changed };
}

function readMemory(file: string, log: Log): KnownVolume[] | undefined {
  try {
    const volumes = memorySchema.parse(unseal(fs.readFileSync(file, "utf8")));
    return volumes.map(({ name, createdAt }) => ({ name, status: {}, ...(createdAt !== undefined && { createdAt }) }));
  } catch (error) {
    if (fs.existsSync(file)) log("warn", "catalogue-unreadable", { file, detail: messageOf(error) });
    return undefined;
  }
}

function makeDirectory(directory: string, mode: number): void {
  try {
    fs.mkdirSync(directory, { recursive: true, mode });
  } catch (error) {
    throw driverError("STATE_UNUSABLE", `${directory}: ${messageOf(error)}`, { cause: error });
  }
}
