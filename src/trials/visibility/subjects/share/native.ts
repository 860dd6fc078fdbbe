import { Refusal } from "../../../../fuse/errors.ts";
import type { TimeChange } from "../../../../fuse/requests.ts";
import { StructWriter } from "../../../../fuse/struct.ts";

/** Calls that Node has none for. Paths lead through /proc/self/fd. Each throws an error with `errno`. */
export interface Native {
  /** To the nanosecond. */
  setTimes(path: string, atime: TimeChange, mtime: TimeChange): void;
  makeNode(path: string, mode: number, device: number): void;
  /** Flags of renameat2(2): exchange, refuse to replace. */
  rename(from: string, to: string, flags: number): void;
  allocate(descriptor: number, mode: number, offset: number, lengthBytes: number): void;
  getXattr(path: string, name: string): Buffer;
  listXattr(path: string): Buffer;
  setXattr(path: string, name: string, value: Buffer, flags: number): void;
  removeXattr(path: string, name: string): void;
  /** Operation bits of flock(2). False where another holder is in the way. */
  flock(descriptor: number, operation: number): boolean;
  /** A command of fcntl(2) over a `struct flock`, changed in place by queries. False where another holder is in the way. */
  fcntlLock(descriptor: number, command: number, lock: Buffer): boolean;
}

/** What is used of koffi's binary, which is loaded by its path. */
interface Koffi {
  load(path: null): { func(prototype: string): (...args: unknown[]) => unknown };
  errno(): number;
}

const AT_FDCWD = -100;
const UTIME_NOW = 0x3fffffff;
const UTIME_OMIT = 0x3ffffffe;
/** The kernel's limit for one value and for one list of names (xattr(7)). */
const XATTR_MAX_BYTES = 65_536;
const EAGAIN = 11;
const EACCES = 13;
const NS_PER_S = 1_000_000_000n;

/** Binds the C library of this process. @throws Error with the loader's reason. */
export function loadNative(koffiPath: string): Native {
  const holder = { exports: {} as Koffi };
  process.dlopen(holder, koffiPath);
  const koffi = holder.exports;
  const c = koffi.load(null);
  /** A function that returns -1 to refuse. */
  const call = (prototype: string) => {
    const entry = c.func(prototype);
    return (...args: unknown[]): number => {
      const result = Number(entry(...args));
      if (result === -1) throw Object.assign(new Error(prototype), { errno: koffi.errno() });
      return result;
    };
  };
  return { ...bindFiles(call), ...bindXattrs(call), ...bindLocks(call) };
}

type Binder = (prototype: string) => (...args: unknown[]) => number;

function bindFiles(call: Binder): Pick<Native, "setTimes" | "makeNode" | "rename" | "allocate"> {
  const utimensat = call("int utimensat(int directory, const char *path, void *times, int flags)");
  const mknod = call("int mknod(const char *path, uint32_t mode, uint64_t device)");
  const renameat2 = call("int renameat2(int from, const char *old, int to, const char *new, uint32_t flags)");
  const fallocate = call("int fallocate(int fd, int mode, int64_t offset, int64_t length)");
  return {
    setTimes: (path, atime, mtime) => {
      const times = new StructWriter(32);
      for (const change of [atime, mtime]) {
        if (typeof change === "bigint") times.u64(floorSeconds(change)).u64(change - floorSeconds(change) * NS_PER_S);
        else times.u64(0).u64(change === "now" ? UTIME_NOW : UTIME_OMIT);
      }
      utimensat(AT_FDCWD, path, times.bytes, 0);
    },
    makeNode: (path, mode, device) => void mknod(path, mode, device),
    rename: (from, to, flags) => void renameat2(AT_FDCWD, from, AT_FDCWD, to, flags),
    allocate: (descriptor, mode, offset, lengthBytes) => void fallocate(descriptor, mode, offset, lengthBytes),
  };
}

function floorSeconds(timeNs: bigint): bigint {
  return (timeNs - (((timeNs % NS_PER_S) + NS_PER_S) % NS_PER_S)) / NS_PER_S;
}

function bindXattrs(call: Binder): Pick<Native, "getXattr" | "listXattr" | "setXattr" | "removeXattr"> {
  const getxattr = call("int64_t getxattr(const char *path, const char *name, void *value, size_t size)");
  const listxattr = call("int64_t listxattr(const char *path, void *list, size_t size)");
  const setxattr = call("int setxattr(const char *path, const char *name, void *value, size_t size, int flags)");
  const removexattr = call("int removexattr(const char *path, const char *name)");
  const scratch = Buffer.alloc(XATTR_MAX_BYTES);
  return {
    getXattr: (path, name) => Buffer.from(scratch.subarray(0, getxattr(path, name, scratch, scratch.length))),
    listXattr: (path) => Buffer.from(scratch.subarray(0, listxattr(path, scratch, scratch.length))),
    setXattr: (path, name, value, flags) => void setxattr(path, name, value, value.length, flags),
    removeXattr: (path, name) => void removexattr(path, name),
  };
}

function bindLocks(call: Binder): Pick<Native, "flock" | "fcntlLock"> {
  const flock = call("int flock(int fd, int operation)");
  const fcntl = call("int fcntl(int fd, int command, void *lock)");
  return {
    flock: (descriptor, operation) => unlessHeld(() => flock(descriptor, operation)),
    fcntlLock: (descriptor, command, lock) => unlessHeld(() => fcntl(descriptor, command, lock)),
  };
}

function unlessHeld(take: () => unknown): boolean {
  try {
    take();
    return true;
  } catch (error) {
    const { errno } = error as { errno?: number };
    if (errno === EAGAIN || errno === EACCES) return false;
    throw error;
  }
}

/** What stands in where foreign functions cannot be loaded: the share refuses what it cannot pass on. */
export function requireNative(native: Native | undefined): Native {
  if (!native) throw new Refusal("ENOSYS");
  return native;
}
