import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import { createInterface } from "node:readline";
import { monotonicMs, sleepUntil } from "../precise-sleep.ts";
import { TreeWatcher } from "../tree-watcher.ts";
import type { DialBoard } from "./dials.ts";

/** Changes of one name within this time are one, so that its content is there when the event comes. */
const SETTLE_MS = 2;
/** inotify(7) drops an event that equals the one before it while that is unread. */
const TWICE_GAP_MS = 20;

/** Where an echo process is found and what it looks at. */
export interface EchoOptions {
  nodePath: string;
  scriptPath: string;
  source: string;
  mountpoint: string;
}

/**
 * Makes the mount deliver events for changes of the source. The kernel tells watchers of a FUSE mount only what is done
 * through the mount, so a process of its own sets the mode of each changed file to what it is; the share lets that pass
 * without doing it.
 */
export class EventEcho {
  readonly #board: DialBoard;
  readonly #options: EchoOptions;
  readonly #process: ChildProcess;
  readonly #watcher: TreeWatcher;
  readonly #settling = new Set<string>();
  #count = 0;

  constructor(board: DialBoard, options: EchoOptions) {
    this.#board = board;
    this.#options = options;
    this.#process = spawn(options.nodePath, [options.scriptPath, "echo"], { stdio: ["pipe", "ignore", "ignore"] });
    this.#watcher = new TreeWatcher(options.source, (changed) => void this.#see(changed));
  }

  /** The process whose changes are only for show. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  close(): void {
    this.#watcher.close();
    this.#process.stdin?.end();
  }

  async #see(changed: string): Promise<void> {
    const { echoEvents } = this.#board.dials;
    if (echoEvents === "off" || this.#settling.has(changed)) return;
    this.#settling.add(changed);
    const lateMs = typeof echoEvents === "object" && "lateMs" in echoEvents ? echoEvents.lateMs : 0;
    const dueMs = monotonicMs() + SETTLE_MS + lateMs;
    await sleepUntil(monotonicMs() + SETTLE_MS);
    this.#settling.delete(changed);
    this.#count++;
    if (typeof echoEvents === "object" && "lose" in echoEvents && this.#count % echoEvents.lose === 0) return;
    await sleepUntil(dueMs);
    this.#echo(changed);
    if (echoEvents !== "twice") return;
    await sleepUntil(monotonicMs() + TWICE_GAP_MS);
    this.#echo(changed);
  }

  #echo(changed: string): void {
    const { source, mountpoint } = this.#options;
    this.#process.stdin?.write(`${JSON.stringify(path.join(mountpoint, path.relative(source, changed)))}\n`);
  }
}

/** The echo process: touches each path that comes as a line of JSON, or its directory when it is gone. */
export async function echoPaths(input: Readable): Promise<void> {
  for await (const line of createInterface({ input })) {
    const target = JSON.parse(line) as string;
    if (!touch(target)) touch(path.dirname(target));
  }
}

function touch(target: string): boolean {
  try {
    const stat = fs.lstatSync(target);
    if (!stat.isSymbolicLink()) fs.chmodSync(target, stat.mode & 0o7777);
    return true;
  } catch {
    return false;
  }
}
