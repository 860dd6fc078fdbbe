import { open } from "node:fs/promises";
import { messageOf, systemCode } from "../core/errors.ts";
import { diskError } from "./errors.ts";
import { runTool } from "./tools.ts";

/** FS_IOC_SHUTDOWN, `_IOR('X', 125, __u32)` on every machine that Node runs on: ext4 and xfs share it (linux/fs/xfs/xfs_fs.h). */
const SHUTDOWN_REQUEST = 0x8004587d;

/** What is written before everything stops: the log, or nothing. */
const FLAG = { log: 1, nothing: 2 } as const;

/** What is used of koffi's binary (https://koffi.dev), which is loaded by its path. */
interface Koffi {
  load(path: null): { func(prototype: string): { async(...args: [...unknown[], Answered]): void } };
}

type Answered = (error: Error | null, result: unknown) => void;

/** Makes the one call of ioctl(2) that stops the file system mounted at a path. */
export type ShutDown = (mountpoint: string, keepLog: boolean) => Promise<void>;

/**
 * Chooses who makes the call: this process through foreign functions where their binary can be loaded, else a program
 * that is found. Load before directories of the machine are hidden.
 */
export function findShutDown(nativePath: string | undefined): ShutDown {
  try {
    if (nativePath !== undefined) return byForeignFunction(nativePath);
  } catch {
    // Another C library than the binary was made for: programs do it as well.
  }
  return byProgram;
}

function byForeignFunction(nativePath: string): ShutDown {
  const holder = { exports: {} as Koffi };
  process.dlopen(holder, nativePath);
  const koffi = holder.exports;
  const ioctl = koffi.load(null).func("int ioctl(int fd, unsigned long request, void *argument)");
  return async (mountpoint, keepLog) => {
    const argument = Buffer.alloc(4);
    argument.writeUInt32LE(keepLog ? FLAG.log : FLAG.nothing);
    const directory = await open(mountpoint);
    try {
      // Never on this thread: the call ends when the disk has answered what the file system still writes.
      const status = await new Promise<unknown>((resolve, reject) => {
        ioctl.async(directory.fd, SHUTDOWN_REQUEST, argument, (error, result) =>
          error ? reject(error) : resolve(result),
        );
      });
      if (status !== 0) throw diskError("DISK_NO_SHUTDOWN", "its file system refused");
    } finally {
      await directory.close();
    }
  };
}

const PERL = 'open(my $f,"<",$ARGV[0]) or die $!; my $v=pack("L",$ARGV[2]); ioctl($f,$ARGV[1],$v) or die "$!\n"';
const PYTHON =
  "import fcntl,os,struct,sys; fcntl.ioctl(os.open(sys.argv[1],0),int(sys.argv[2]),struct.pack('I',int(sys.argv[3])))";

async function byProgram(mountpoint: string, keepLog: boolean): Promise<void> {
  const call = [mountpoint, String(SHUTDOWN_REQUEST), String(keepLog ? FLAG.log : FLAG.nothing)];
  const programs: [string, ...string[]][] = [
    ["xfs_io", "-x", "-c", keepLog ? "shutdown -f" : "shutdown", mountpoint],
    ["python3", "-c", PYTHON, ...call],
    ["perl", "-e", PERL, ...call],
  ];
  for (const [program, ...args] of programs) {
    try {
      await runTool(program, ...args);
      return;
    } catch (error) {
      if (systemCode((error as Error).cause) === "ENOENT") continue;
      throw diskError("DISK_NO_SHUTDOWN", messageOf(error), { cause: error });
    }
  }
  throw diskError("DISK_NO_SHUTDOWN", "none of xfs_io, python3 and perl is there to call ioctl(2)");
}
