import type { AgentFacts } from "../core/agent.ts";

/** Both ends must speak the same version: the lab always brings its own agent, so there is no negotiation. */
export const PROTOCOL_VERSION = 1;

/** How often an idle or waiting agent says that it lives. */
export const HEARTBEAT_MS = 1000;

/** From the lab to the agent, one JSON object a line. */
export type Request =
  /** `originNs` is the lab clock's zero on CLOCK_MONOTONIC; an agent on the same kernel stamps in lab time from then on. */
  | { type: "hello"; version: number; originNs: string; bootId: string; timeNamespace: string }
  | { type: "call"; id: number; task: string; input: unknown }
  | { type: "cancel"; id: number }
  | { type: "clock"; id: number };

/** From the agent to the lab, one JSON object a line. */
export type Reply =
  | { type: "ready"; version: number; facts: AgentFacts; sameKernel: boolean }
  | { type: "result"; id: number; output: unknown }
  | { type: "failure"; id: number; message: string; systemCode?: string }
  | { type: "event"; id: number; event: unknown }
  | { type: "clock"; id: number; nowNs: number }
  | { type: "heartbeat" }
  | { type: "refused"; message: string };

/** What a task is given beside its input. */
export interface TaskContext {
  /** Nanoseconds in lab time on the lab's kernel, else in the agent's own; see `ClockRelation`. */
  nowNs(): number;
  /** Aborted when the lab cancels the call or the stream closes. */
  signal: AbortSignal;
  /** Tells the lab something before the answer. */
  emit(event: unknown): void;
  /** The C library through foreign functions. @throws Error with the reason where it cannot be had. */
  native(): NativeLibrary;
}

/** One thing the agent can do for a trial. It may run long; it must return soon after `signal` aborts. */
export type Task = (input: never, context: TaskContext) => unknown;

/** Tasks by name; a trial's own start with its id and a dot. */
export type TaskTable = Readonly<Record<string, Task>>;

/** A part of a file in memory. */
export interface Mapping {
  /** Reads and writes the file's pages; valid until `unmap`. */
  bytes: Uint8Array;
  /** msync(2) with MS_SYNC: returns when what was stored is on the disk, or on the server. */
  sync(): void;
  /** munmap(2): `bytes` must not be touched after. */
  unmap(): void;
}

/** One write of a queue: so many bytes of its place's buffer from `offsetBytes`, to `position` in the file. */
export interface QueuedWrite {
  descriptor: number;
  position: number;
  offsetBytes: number;
  lengthBytes: number;
}

/**
 * Writes that the kernel makes while the caller goes on: io_submit(2). It does so past the page cache only (O_DIRECT);
 * through it each write is made while `submit` runs.
 */
export interface WriteQueue {
  /** By place, each of the size that was asked for, page-aligned; valid until `close`. */
  readonly buffers: readonly Buffer[];
  /** Readies the write of a place that has none in flight; its buffer stays as it is until the write has ended. */
  prepare(place: number, write: QueuedWrite): void;
  /** Hands over all that is ready. A write that the kernel refuses ends as any other does. */
  submit(): void;
  /**
   * Tells of writes that have ended, in no order, and blocks until there are `least`: no more than are in flight. One
   * that failed has the system's code.
   */
  reap(least: number, ended: (place: number, writtenBytes: number, systemCode?: string) => void): void;
  /** Waits for what is in flight. */
  close(): void;
}

/** C functions that Node lacks. Addresses are opaque; errors are thrown with the system's code. */
export interface NativeLibrary {
  /** flock(2). Returns false when the lock is held elsewhere and `wait` is false. */
  flock(fd: number, kind: "shared" | "exclusive" | "unlock", wait: boolean): boolean;
  /** mmap(2), MAP_SHARED, read and write as the descriptor allows. */
  map(fd: number, lengthBytes: number, writable: boolean): Mapping;
  /** inotify_init1(2) with IN_NONBLOCK: a descriptor for `fs.readSync` and `fs.closeSync`. */
  inotifyOpen(): number;
  /** inotify_add_watch(2). */
  inotifyWatch(fd: number, path: string, mask: number): number;
  /** poll(2) for readability of one descriptor; blocks the whole agent for up to `timeoutMs`. */
  waitReadable(fd: number, timeoutMs: number): boolean;
  /** setxattr(2): makes the attribute or replaces it. */
  setXattr(path: string, name: string, value: Uint8Array): void;
  /** `undefined` when the attribute is absent. */
  getXattr(path: string, name: string): Uint8Array | undefined;
  /** utimensat(2) of access and modification time, to the nanosecond. Both, since the kernel tells a watcher ATTRIB only then. */
  setTimesNs(path: string, timeNs: bigint): void;
  /** io_setup(2), with `depth` places and a buffer of `bufferBytes` for each. */
  openWriteQueue(depth: number, bufferBytes: number): WriteQueue;
}
