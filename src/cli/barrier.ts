import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { cliError } from "./errors.ts";

/** How the other side of a mount is looked at; a container, or in tests any directory. */
export interface FarSide {
  /** Where the near directory is over there. */
  readonly path: string;
  /** Names in a directory, or undefined where it cannot be listed yet. */
  list(path: string): Promise<string[] | undefined>;
  readFile(path: string): Promise<string | undefined>;
}

/** What to wait for. */
export interface BarrierRequest {
  /** A directory of this machine. */
  near: string;
  far: FarSide;
  timeoutMs: number;
  /** Levels below `near`; 0 is `near` alone. */
  depth: number;
  maxDirectories: number;
  clock: Clock;
  signal: AbortSignal;
}

/** What a barrier came to. */
export interface BarrierResult {
  /** How many directories are known to be up to date. */
  visible: number;
  /** Directories, relative to the path, that were not yet when the time was up. */
  pending: string[];
  /** More directories than were allowed: the rest was not waited for. */
  cut: boolean;
  elapsedMs: number;
}

const PAUSE_MS = 5;

interface Nonce {
  /** Relative to the path. */
  directory: string;
  name: string;
  text: string;
}

/**
 * Puts a word that nobody can guess into every directory and waits until all of them are listed and read on the other
 * side; then what was written before them is there too. Leaves nothing behind.
 * @throws BARRIER_PATH
 */
export async function passBarrier(request: BarrierRequest): Promise<BarrierResult> {
  const { near, clock, timeoutMs, maxDirectories } = request;
  const startedNs = clock.nowNs();
  const directories = directoriesBelow(near, request.depth, maxDirectories + 1);
  const nonces: Nonce[] = [];
  try {
    for (const directory of directories.slice(0, maxDirectories)) nonces.push(plant(near, directory));
    const pending = await untilSeen(request, nonces, startedNs + timeoutMs * 1e6);
    return {
      visible: nonces.length - pending.length,
      pending: pending.map(({ directory }) => directory || "."),
      cut: directories.length > maxDirectories,
      elapsedMs: (clock.nowNs() - startedNs) / 1e6,
    };
  } finally {
    for (const { directory, name } of nonces) fs.rmSync(path.join(near, directory, name), { force: true });
  }
}

/** Breadth first, links not followed, `limit` at most. */
function directoriesBelow(near: string, depth: number, limit: number): string[] {
  const found = [""];
  let level = [""];
  for (let at = 0; at < depth && level.length > 0 && found.length < limit; at++) {
    level = level.flatMap((directory) => childrenOf(near, directory));
    found.push(...level);
  }
  return found.slice(0, limit);
}

function childrenOf(near: string, directory: string): string[] {
  return attempt(path.join(near, directory), (place) =>
    fs
      .readdirSync(place, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => path.join(directory, name)),
  );
}

function plant(near: string, directory: string): Nonce {
  const text = randomBytes(16).toString("hex");
  const name = `.seatrial-barrier-${text.slice(0, 8)}`;
  if (directory.includes("\n"))
    throw cliError("BARRIER_PATH", `${JSON.stringify(directory)} has a line break in its name`);
  attempt(path.join(near, directory, name), (file) => fs.writeFileSync(file, text, { flag: "wx" }));
  return { directory, name, text };
}

function attempt<Result>(place: string, work: (place: string) => Result): Result {
  try {
    return work(place);
  } catch (error) {
    throw cliError("BARRIER_PATH", `${place}: ${messageOf(error)}`, { cause: error });
  }
}

async function untilSeen(
  { far, clock, signal }: BarrierRequest,
  nonces: readonly Nonce[],
  deadlineNs: number,
): Promise<Nonce[]> {
  let pending = [...nonces];
  for (;;) {
    const unseen: Nonce[] = [];
    for (const nonce of pending) {
      signal.throwIfAborted();
      if (clock.nowNs() > deadlineNs || !(await isSeen(far, nonce))) unseen.push(nonce);
    }
    pending = unseen;
    if (pending.length === 0 || clock.nowNs() > deadlineNs) return pending;
    await clock.sleep(PAUSE_MS, signal);
  }
}

async function isSeen(far: FarSide, { directory, name, text }: Nonce): Promise<boolean> {
  const place = path.posix.join(far.path, directory);
  if (!(await far.list(place))?.includes(name)) return false;
  return (await far.readFile(path.posix.join(place, name)))?.trim() === text;
}
