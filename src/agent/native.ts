import { getSystemErrorName } from "node:util";
import type { BindCall, Call, Koffi } from "./koffi.ts";
import { bindWriteQueue } from "./native-queue.ts";
import type { NativeLibrary } from "./protocol.ts";

const FLOCK = { shared: 1, exclusive: 2, unlock: 8, nonBlocking: 4 } as const;
const IN_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const PROT = { read: 1, write: 2 } as const;
const MAP_SHARED = 1;
const MS_SYNC = 4;
const AT_FDCWD = -100;
const POLLIN = 1;

/** Loads the C library of this process. @throws Error with the loader's reason. */
export function loadNative(koffiPath: string): NativeLibrary {
  const holder = { exports: {} as Koffi };
  process.dlopen(holder, koffiPath);
  return bind(holder.exports);
}

function bind(koffi: Koffi): NativeLibrary {
  const call = bindCalls(koffi);
  return {
    ...bindFiles(call),
    ...bindMemory(call, koffi),
    ...bindWatching(call),
    ...bindAttributes(call),
    ...bindWriteQueue(call, koffi),
  };
}

function bindCalls(koffi: Koffi): BindCall {
  const library = koffi.load(null);
  return (prototype, failed = (result) => result === -1) => {
    // Bound at the first call: other kernels lack some, and the rest must work without them.
    let call: Call | undefined;
    const name = /(\w+)\(/.exec(prototype)?.[1];
    return (...args) => {
      call ??= library.func(prototype);
      const result = call(...args);
      if (!failed(result)) return result;
      const code = getSystemErrorName(-koffi.errno());
      throw Object.assign(new Error(`${code}: ${name} failed`), { code });
    };
  };
}

function bindFiles(bindCall: BindCall): Pick<NativeLibrary, "flock" | "setTimesNs"> {
  const flock = bindCall("int flock(int fd, int operation)");
  const utimensat = bindCall("int utimensat(int directory, const char *path, void *times, int flags)");
  return {
    flock: (fd, kind, wait) => unlessCode("EAGAIN", () => flock(fd, FLOCK[kind] | (wait ? 0 : FLOCK.nonBlocking))),
    setTimesNs: (path, timeNs) => {
      const times = Buffer.alloc(32);
      for (const offset of [0, 16]) {
        times.writeBigInt64LE(timeNs / 1_000_000_000n, offset);
        times.writeBigInt64LE(timeNs % 1_000_000_000n, offset + 8);
      }
      utimensat(AT_FDCWD, path, times, 0);
    },
  };
}

function bindMemory(bindCall: BindCall, koffi: Koffi): Pick<NativeLibrary, "map"> {
  const mmap = bindCall(
    "void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)",
    (result) => result === null || result === 0xffffffffffffffffn || result === -1n,
  );
  const msync = bindCall("int msync(void *address, size_t length, int flags)");
  const munmap = bindCall("int munmap(void *address, size_t length)");
  return {
    map: (fd, lengthBytes, writable) => {
      const address = mmap(null, lengthBytes, writable ? PROT.read | PROT.write : PROT.read, MAP_SHARED, fd, 0);
      return {
        bytes: new Uint8Array(koffi.view(address, lengthBytes)),
        sync: () => void msync(address, lengthBytes, MS_SYNC),
        unmap: () => void munmap(address, lengthBytes),
      };
    },
  };
}

function bindWatching(bindCall: BindCall): Pick<NativeLibrary, "inotifyOpen" | "inotifyWatch" | "waitReadable"> {
  const init = bindCall("int inotify_init1(int flags)");
  const addWatch = bindCall("int inotify_add_watch(int fd, const char *path, uint32_t mask)");
  const poll = bindCall("int poll(void *descriptors, unsigned long count, int timeout)");
  return {
    inotifyOpen: () => init(IN_NONBLOCK_CLOEXEC) as number,
    inotifyWatch: (fd, path, mask) => addWatch(fd, path, mask) as number,
    waitReadable: (fd, timeoutMs) => {
      const pollfd = Buffer.alloc(8);
      pollfd.writeInt32LE(fd, 0);
      pollfd.writeInt16LE(POLLIN, 4);
      return (poll(pollfd, 1, timeoutMs) as number) > 0;
    },
  };
}

function bindAttributes(bindCall: BindCall): Pick<NativeLibrary, "setXattr" | "getXattr"> {
  const set = bindCall("int setxattr(const char *path, const char *name, void *value, size_t size, int flags)");
  const get = bindCall(
    "int64_t getxattr(const char *path, const char *name, void *value, size_t size)",
    (result) => Number(result) === -1,
  );
  return {
    setXattr: (path, name, value) => void set(path, name, value, value.byteLength, 0),
    getXattr: (path, name) => {
      const value = Buffer.alloc(65536);
      let length = 0;
      const present = unlessCode("ENODATA", () => {
        length = Number(get(path, name, value, value.byteLength));
      });
      return present ? value.subarray(0, length) : undefined;
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
