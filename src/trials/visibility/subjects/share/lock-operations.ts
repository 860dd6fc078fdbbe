import fs from "node:fs";
import { Refusal } from "../../../../fuse/errors.ts";
import { INIT_FLAG } from "../../../../fuse/handshake.ts";
import type { Caller, Operations, Request } from "../../../../fuse/operations.ts";
import { StructReader, StructWriter } from "../../../../fuse/struct.ts";
import { monotonicMs, sleepUntil } from "../precise-sleep.ts";
import type { ShareContext } from "./context.ts";
import { type Native, requireNative } from "./native.ts";

/** Lock types of fcntl(2), which are also those of the protocol, and what flock(2) calls them. */
const UNLOCK = 2;
const FLOCK_OPERATIONS = [1, 2, 8];
const LOCK_NB = 4;
/** Locks that belong to an open file, not to a process: the share is one process for all (fcntl(2), F_OFD_SETLK). */
const OFD = { query: 36, set: 37 };
const END_OF_FILE = 2n ** 63n - 1n;
const RETRY_MS = 2;

/** Which lock requests the kernel should send, by the dial. */
export function lockInitFlags(locks: "source" | "mount" | "none"): number {
  return locks === "mount" ? 0 : INIT_FLAG.posixLocks | INIT_FLAG.flockLocks;
}

/** Locks, passed on to the source or granted to everyone. Never called where the dial leaves them to the kernel. */
export function lockOperations(
  share: ShareContext,
): Required<Pick<Operations, "getlk" | "setlk" | "setlkw" | "flush">> {
  const owners = new LockOwners(share);
  const grantsAll = () => share.board.dials.locks === "none";
  const take = (caller: Caller, lock: Request<"setlk">): boolean =>
    grantsAll() || (lock.isFlock ? flock(share, lock) : owners.take(caller.node, lock));
  return {
    getlk: ({ node }, lock) => (grantsAll() ? { ...lock, type: UNLOCK } : owners.query(node, lock)),
    setlk: (caller, lock) => {
      if (!take(caller, lock)) throw new Refusal("EAGAIN");
    },
    setlkw: (caller, lock) => (take(caller, lock) ? undefined : retry(() => take(caller, lock), caller)),
    flush: ({ node }, { owner }) => owners.release(node, owner),
  };
}

function flock({ handles, native }: ShareContext, { handle, type }: Request<"setlk">): boolean {
  const operation = FLOCK_OPERATIONS[type] ?? 0;
  return requireNative(native).flock(handles.file(handle).descriptor, operation | LOCK_NB);
}

async function retry(take: () => boolean, caller: Caller): Promise<void> {
  do {
    if (caller.interrupted()) throw new Refusal("EINTR");
    await sleepUntil(monotonicMs() + RETRY_MS);
  } while (!take());
}

/** One open file for each owner of fcntl(2) locks on a file: the kernel then tells the owners apart. */
class LockOwners {
  readonly #share: ShareContext;
  readonly #descriptors = new Map<string, number>();

  constructor(share: ShareContext) {
    this.#share = share;
  }

  take(node: number, lock: Request<"setlk">): boolean {
    if (lock.type === UNLOCK && !this.#descriptors.has(`${node}/${lock.owner}`)) return true;
    return this.#native().fcntlLock(this.#descriptor(node, lock.owner), OFD.set, packFlock(lock));
  }

  query(node: number, lock: Request<"getlk">) {
    const answer = packFlock(lock);
    this.#native().fcntlLock(this.#descriptor(node, lock.owner), OFD.query, answer);
    return parseFlock(answer);
  }

  /** Closing any descriptor of a file drops all locks that its process has on the file (fcntl(2)). */
  release(node: number, owner: bigint): void {
    const key = `${node}/${owner}`;
    const descriptor = this.#descriptors.get(key);
    this.#descriptors.delete(key);
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }

  #native(): Native {
    return requireNative(this.#share.native);
  }

  #descriptor(node: number, owner: bigint): number {
    const key = `${node}/${owner}`;
    const descriptor = this.#descriptors.get(key) ?? openForLocks(this.#share.nodes.path(node));
    this.#descriptors.set(key, descriptor);
    return descriptor;
  }
}

/** A write lock needs a descriptor that may write. */
function openForLocks(path: string): number {
  try {
    return fs.openSync(path, "r+");
  } catch {
    return fs.openSync(path, "r");
  }
}

/** `struct flock` of 64-bit Linux: type, whence, start, length (0 is to the end), pid (must be 0). */
function packFlock({ type, start, end }: { type: number; start: bigint; end: bigint }): Buffer {
  const length = end === END_OF_FILE ? 0n : end - start + 1n;
  return new StructWriter(32).u16(type).skip(6).u64(start).u64(length).bytes;
}

function parseFlock(bytes: Buffer) {
  const type = bytes.readInt16LE(0);
  const reader = new StructReader(bytes, 8);
  const [start, length] = [reader.big64(), reader.big64()];
  return {
    type,
    start,
    end: length === 0n ? END_OF_FILE : start + length - 1n,
    pid: Math.max(0, bytes.readInt32LE(24)),
  };
}
