import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { type MountPoint, parseMountInfo } from "../../../../core/mount-info.ts";
import type { SubjectProgram } from "../../../../subjects/subject-process.ts";
import type { MountView } from "../../subject.ts";
import { hostError } from "./errors.ts";
import { HandsPool } from "./hands-pool.ts";
import { type Keeper, startKeeper } from "./keeper.ts";

/** Directories that a driver and the suite meet in; the same path inside the host and outside. */
export interface HostPlaces {
  /** Where the driver listens. */
  socket: string;
  state: string;
  /** What it mounts goes below. */
  root: string;
  /** A file here, named like a fault, breaks the back end. */
  control: string;
  /** The back end, common to a driver and its peer. */
  shared: string;
  /** The suite's own: fresh mount points. */
  scratch: string;
  home: string;
}

/** What a host is made of. */
export interface HostOptions {
  /** Made where it is missing; whoever gives it removes it. Its last part is the host's name. */
  directory: string;
  /** `directory/shared` unless given. */
  shared?: string;
  /** Where the driver mounts, if not below the root that it is told. */
  mountRoot?: string;
  /** Touches files inside. */
  hands: SubjectProgram;
  /** For each of their calls. */
  handsLimitMs?: number | undefined;
  /** Whether an engine is to live there, which finds the driver by the name of its socket. */
  hasEngine?: boolean | undefined;
}

/** A machine for one driver, as far as processes and mounts go; the files of this one, most of which it cannot change. */
export interface DriverHost extends AsyncDisposable {
  readonly places: HostPlaces;
  /** Its name, which no other host of its directory has. */
  readonly name: string;
  /** Of the first process, on this machine; changes with each boot. */
  keeperPid(): number;
  /** The words that run a program inside. */
  enter(program: readonly string[]): string[];
  readonly mounts: MountView;
  /** Another socket in the directory of the first. */
  socketBeside(name: string): string;
  /** All processes and mounts are gone, and the sockets, as from a `/run` in memory; all other files stay. */
  reboot(): Promise<void>;
}

/** `sun_path` of unix(7), less the zero at its end. */
const MAX_SOCKET_PATH_BYTES = 107;
const LONGEST_SOCKET_NAME = "driver-1000.sock";

/**
 * Makes a host whose processes and mounts end with this process, however it ends.
 * @throws SeatrialError VOLUME_HOST_FAILED, VOLUME_SOCKET_PATH_TOO_LONG
 */
export async function openDriverHost(options: HostOptions): Promise<DriverHost> {
  const { directory, shared, mountRoot, hands, handsLimitMs: limitMs } = options;
  const run = makeRunDirectory(directory);
  const place = (name: string) => makeDirectory(path.join(directory, name));
  const socketBeside = (name: string) => path.join(run.path, `${name}.sock`);
  const places: HostPlaces = {
    socket: socketBeside("driver"),
    state: place("state"),
    root: place("root"),
    control: place("control"),
    shared: makeDirectory(shared ?? path.join(directory, "shared")),
    scratch: place("scratch"),
    home: place("home"),
  };
  const name = path.basename(directory);
  const bootIdPath = path.join(places.scratch, "boot-id");
  const writable = [directory, places.shared, run.path, ...(mountRoot === undefined ? [] : [mountRoot])];
  if (options.hasEngine && directory.startsWith("/run/"))
    throw hostError("VOLUME_HOST_FAILED", `${directory} would be hidden: a host with an engine has a /run of its own`, {
      remedy: "Give a directory elsewhere with TMPDIR.",
    });
  const engine = options.hasEngine ? { run: place("engine-run"), plugins: run.path } : undefined;
  const start = () => startKeeper({ name, bootIdPath, writable, ...(engine && { engine }) });
  let keeper: Keeper = await start();
  const enter = (program: readonly string[]) => keeper.enter(program);
  const root = mountRoot ?? places.root;
  const files = new HandsPool({ program: hands, enter, root, scratch: places.scratch, limitMs });
  return {
    ...{ places, name },
    enter,
    socketBeside,
    keeperPid: () => keeper.pid,
    mounts: { root, files, table: () => readMounts(keeper.pid) },
    reboot: async () => {
      await keeper.end();
      await files.close();
      for (const entry of fs.readdirSync(run.path)) fs.rmSync(path.join(run.path, entry), { recursive: true });
      keeper = await start();
    },
    [Symbol.asyncDispose]: async () => {
      try {
        await keeper.end();
      } finally {
        await files.close();
        if (run.isElsewhere) fs.rmSync(run.path, { recursive: true, force: true });
      }
    },
  };
}

/** What process `pid` sees mounted, oldest first. Touches no mount. */
export async function readMounts(pid: number | "self"): Promise<MountPoint[]> {
  return parseMountInfo(await fs.promises.readFile(`/proc/${pid}/mountinfo`, "utf8"));
}

function makeDirectory(directory: string): string {
  // Closed to others from the beginning: what a driver leaves open below stays shut off.
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}

/** Below `directory` where a socket's path is short enough there, in the system's temporary directory otherwise. */
function makeRunDirectory(directory: string): { path: string; isElsewhere: boolean } {
  const below = path.join(directory, "run");
  if (isShort(below)) return { path: makeDirectory(below), isElsewhere: false };
  const elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-"));
  if (isShort(elsewhere)) return { path: elsewhere, isElsewhere: true };
  fs.rmdirSync(elsewhere);
  throw hostError("VOLUME_SOCKET_PATH_TOO_LONG", `${elsewhere}/${LONGEST_SOCKET_NAME} is longer than a socket's path`);
}

function isShort(directory: string): boolean {
  return Buffer.byteLength(path.join(directory, LONGEST_SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES;
}
