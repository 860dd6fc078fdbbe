import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { isWithin, parseMountInfo } from "../core/mount-info.ts";
import type { Owner } from "../core/runtime.ts";
import type { Thing } from "./ledger-file.ts";
import { isOfThisBoot, isRunning } from "./owner.ts";

const MARKER = ".seatrial-owner";

/** How long a process may take to end after SIGKILL, an unmount to return. */
const LIMIT_MS = 5000;
const LOOK_EVERY_MS = 10;

const TOOL_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";

/** Marks a directory as made by this owner: a path alone is never reason enough to remove anything. */
export function markDirectory(directory: string, owner: Owner): void {
  fs.writeFileSync(path.join(directory, MARKER), markOf(owner), { flag: "wx" });
}

/**
 * Undoes one thing of an owner who is dead. Says what it did, or nothing when there was nothing to do.
 * @throws Error with the reason for leaving it
 */
export async function undoThing(thing: Thing, owner: Owner): Promise<string | undefined> {
  if (thing.kind === "process") return endProcess(thing, owner);
  return thing.kind === "mount" ? unmount(thing.path, owner) : removeDirectory(thing.path, owner);
}

/** The start time tells the process from a later one of the same number; the boot is part of the owner. */
async function endProcess({ pid, startTicks }: Thing & { kind: "process" }, owner: Owner): Promise<string | undefined> {
  if (!isOfThisBoot(owner) || !isRunning(pid, startTicks)) return undefined;
  process.kill(pid, "SIGKILL");
  for (let waitedMs = 0; isRunning(pid, startTicks); waitedMs += LOOK_EVERY_MS) {
    if (waitedMs >= LIMIT_MS) throw new Error("it does not end: stuck in a system call");
    await wait(LOOK_EVERY_MS);
  }
  return `ended process ${pid}`;
}

/** Only mounts below a directory that carries the owner's mark. Detached at once, for its server may be gone. */
async function unmount(target: string, owner: Owner): Promise<string | undefined> {
  if (!mountPaths().includes(target)) return undefined;
  if (!ancestors(target).some((directory) => carriesMark(directory, owner))) {
    throw new Error("it is in no directory that carries the run's mark");
  }
  await promisify(execFile)("umount", ["-l", "--", target], {
    timeout: LIMIT_MS,
    env: { PATH: TOOL_PATH, LC_ALL: "C" },
  });
  return `unmounted ${target}`;
}

function removeDirectory(directory: string, owner: Owner): string | undefined {
  const found = fs.lstatSync(directory, { throwIfNoEntry: false });
  if (!found) return undefined;
  if (!found.isDirectory() || fs.realpathSync(directory) !== directory)
    throw new Error("another thing is in its place");
  const mounted = mountPaths().find((mount) => isWithin(mount, directory));
  if (mounted !== undefined) throw new Error(`unmount ${mounted} first`);
  if (carriesMark(directory, owner)) removeMarked(directory);
  else if (!isFreshlyMade(directory, owner)) throw new Error("it does not carry the run's mark");
  fs.rmdirSync(directory);
  return `removed directory ${directory}`;
}

/** Killed between making and marking: empty, and by a name that is the run's. */
function isFreshlyMade(directory: string, { runId }: Owner): boolean {
  return path.basename(directory).includes(runId) && fs.readdirSync(directory).length === 0;
}

/** The mark goes last, so that a removal that is cut short can be taken up again. */
function removeMarked(directory: string): void {
  for (const name of fs.readdirSync(directory)) {
    if (name !== MARKER) fs.rmSync(path.join(directory, name), { recursive: true, force: true });
  }
  fs.rmSync(path.join(directory, MARKER));
}

function carriesMark(directory: string, owner: Owner): boolean {
  const marker = path.join(directory, MARKER);
  try {
    return fs.lstatSync(marker).isFile() && fs.readFileSync(marker, "utf8") === markOf(owner);
  } catch {
    return false;
  }
}

function markOf({ runId, lab }: Owner): string {
  return `${JSON.stringify({ runId, lab })}\n`;
}

/** Where something is mounted; nothing where the system does not tell, and then nothing of ours is a mount. */
function mountPaths(): string[] {
  try {
    return parseMountInfo(fs.readFileSync("/proc/self/mountinfo", "utf8")).map((mount) => mount.path);
  } catch {
    return [];
  }
}

function ancestors(target: string): string[] {
  const parent = path.dirname(target);
  return parent === target ? [] : [parent, ...ancestors(parent)];
}
