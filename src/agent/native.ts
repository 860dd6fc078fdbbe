import type { NativeLibrary } from "./protocol.ts";

/** The few functions of koffi's binary (https://koffi.dev) that are used; loaded by path, without its JavaScript half. */
interface Koffi {
  load(path: null): { func(prototype: string): (...args: unknown[]) => unknown };
  view(pointer: unknown, lengthBytes: number): ArrayBuffer;
  errno(): number;
  os: { errno: Record<string, number> };
}

const FLOCK = { shared: 1, exclusive: 2, unlock: 8, nonBlocking: 4 } as const;
const IN_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const PROT = { read: 1, write: 2 } as const;
const MAP_SHARED = 1;
const MS_SYNC = 4;
const AT_FDCWD = -100;
const UTIME_OMIT = 0x3ffffffen;
const POLLIN = 1;

/** Loads the C library of this process. @throws Error with the loader's reason. */
export function loadNative(koffiPath: string): NativeLibrary {
  const holder = { exports: {} as Koffi };
  process.dlopen(holder, koffiPath);
  return bind(holder.exports);
}

function bind(koffi: Koffi): NativeLibrary {
  const c = koffi.load(null);
  const names = new Map(Object.entries(koffi.os.errno).map(([name, value]) => [value, name]));
  /** Calls and throws a Node-like system error when the result says so. */
  const checked = (
    name: string,
    prototype: string,
    failed: (result: unknown) => boolean = (result) => result === -1,
  ) => {
    const call = c.func(prototype);
    return (...args: unknown[]): unknown => {
      const result = call(...args);
      if (!failed(result)) return result;
      const code = names.get(koffi.errno()) ?? `errno ${koffi.errno()}`;
      throw Object.assign(new Error(`${code}: ${name} failed`), { code });
    };
  };
  const isMapFailed = (result: unknown) => result === null || result === 0xffffffffffffffffn || result === -1n;
  const flock = checked("flock", "int flock(int fd, int operation)");
  const mmap = checked(
    "mmap",
    "void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)",
    isMapFailed,
  );
  const msync = checked("msync", "int msync(void *address, size_t length, int flags)");
  const munmap = checked("munmap", "int munmap(void *address, size_t length)");
  const inotifyInit = checked("inotify_init1", "int inotify_init1(int flags)");
  const addWatch = checked("inotify_add_watch", "int inotify_add_watch(int fd, const char *path, uint32_t mask)");
  const poll = checked("poll", "int poll(void *descriptors, unsigned long count, int timeout)");
  const setxattr = checked(
    "setxattr",
    "int setxattr(const char *path, const char *name, void *value, size_t size, int flags)",
  );
  const getxattr = checked(
    "getxattr",
    "int64_t getxattr(const char *path, const char *name, void *value, size_t size)",
    (r) => Number(r) === -1,
  );
  const utimensat = checked("utimensat", "int utimensat(int directory, const char *path, void *times, int flags)");

  return {
    flock: (fd, kind, wait) => unlessCode("EAGAIN", () => flock(fd, FLOCK[kind] | (wait ? 0 : FLOCK.nonBlocking))),
    map: (fd, lengthBytes, writable) => {
      const address = mmap(null, lengthBytes, writable ? PROT.read | PROT.write : PROT.read, MAP_SHARED, fd, 0);
      return {
        bytes: new Uint8Array(koffi.view(address, lengthBytes)),
        sync: () => void msync(address, lengthBytes, MS_SYNC),
        unmap: () => void munmap(address, lengthBytes),
      };
    },
    inotifyOpen: () => inotifyInit(IN_NONBLOCK_CLOEXEC) as number,
    inotifyWatch: (fd, path, mask) => addWatch(fd, path, mask) as number,
    waitReadable: (fd, timeoutMs) => {
      const pollfd = Buffer.alloc(8);
      pollfd.writeInt32LE(fd, 0);
      pollfd.writeInt16LE(POLLIN, 4);
      return (poll(pollfd, 1, timeoutMs) as number) > 0;
    },
    setXattr: (path, name, value) => void setxattr(path, name, value, value.byteLength, 0),
    getXattr: (path, name) => {
      const value = Buffer.alloc(65536);
      let length = 0;
      const present = unlessCode("ENODATA", () => {
        length = Number(getxattr(path, name, value, value.byteLength));
      });
      return present ? value.subarray(0, length) : undefined;
    },
    setModifiedTimeNs: (path, timeNs) => {
      const times = Buffer.alloc(32);
      times.writeBigInt64LE(UTIME_OMIT, 8);
      times.writeBigInt64LE(timeNs / 1_000_000_000n, 16);
      times.writeBigInt64LE(timeNs % 1_000_000_000n, 24);
      utimensat(AT_FDCWD, path, times, 0);
    },
  };
}

/** Runs `action`; true when it worked, false when it failed with just this system code. */
function unlessCode(code: string, action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === code) return false;
    throw error;
  }
}
