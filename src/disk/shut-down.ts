import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { getSystemErrorName } from "node:util";
import { messageOf, systemCode } from "../core/errors.ts";
import { diskError } from "./errors.ts";
import { TOOL_ENVIRONMENT } from "./tools.ts";

/** FS_IOC_SHUTDOWN, `_IOR('X', 125, __u32)`: ext4, xfs and others share it (linux/fs/xfs/libxfs/xfs_fs.h). */
const SHUTDOWN_REQUEST = 0x8004587d;

/** What is written before everything stops: the log, or nothing. */
const FLAG = { log: 1, nothing: 2 } as const;

/** What is used of koffi's binary (https://koffi.dev), which is loaded by its path. */
interface Koffi {
  load(path: null): { func(prototype: string): (...args: unknown[]) => unknown };
  errno(): number;
}

/**
 * Stops the file system mounted there. The call of ioctl(2) is made by this process where koffi's binary can be
 * loaded, else by a program that is found.
 * @throws SeatrialError DISK_NO_SHUTDOWN
 */
export function shutDown(mountpoint: string, keepLog: boolean, nativePath: string | undefined): void {
  const flag = keepLog ? FLAG.log : FLAG.nothing;
  const koffi = nativePath === undefined ? undefined : loadKoffi(nativePath);
  if (koffi) callIoctl(koffi, mountpoint, flag);
  else runCaller(mountpoint, flag);
}

/** Nothing where the binary was made for another C library. */
function loadKoffi(nativePath: string): Koffi | undefined {
  const holder = { exports: {} as Koffi };
  try {
    process.dlopen(holder, nativePath);
    return holder.exports;
  } catch {
    return undefined;
  }
}

function callIoctl(koffi: Koffi, mountpoint: string, flag: number): void {
  const ioctl = koffi.load(null).func("int ioctl(int fd, unsigned long request, void *argument)");
  const argument = Buffer.alloc(4);
  argument.writeUInt32LE(flag);
  const directory = fs.openSync(mountpoint, "r");
  try {
    if (ioctl(directory, SHUTDOWN_REQUEST, argument) === 0) return;
    throw diskError("DISK_NO_SHUTDOWN", `the file system refused: ${getSystemErrorName(-koffi.errno())}`);
  } finally {
    fs.closeSync(directory);
  }
}

const PYTHON =
  "import fcntl,os,struct,sys; fcntl.ioctl(os.open(sys.argv[1],0),int(sys.argv[2]),struct.pack('I',int(sys.argv[3])))";
const PERL = 'open(my $f,"<",$ARGV[0]) or die $!; my $v=pack("L",$ARGV[2]); ioctl($f,$ARGV[1],$v) or die "$!\n"';

function runCaller(mountpoint: string, flag: number): void {
  const call = [mountpoint, String(SHUTDOWN_REQUEST), String(flag)];
  const callers: [string, ...string[]][] = [
    ["xfs_io", "-x", "-c", flag === FLAG.log ? "shutdown -f" : "shutdown", mountpoint],
    ["python3", "-c", PYTHON, ...call],
    ["perl", "-e", PERL, ...call],
  ];
  for (const [program, ...args] of callers) {
    const { status, stderr, error } = spawnSync(program, args, { env: TOOL_ENVIRONMENT, encoding: "utf8" });
    if (status === 0) return;
    if (systemCode(error) !== "ENOENT")
      throw diskError("DISK_NO_SHUTDOWN", `${program}: ${error ? messageOf(error) : stderr.trim()}`);
  }
  throw diskError("DISK_NO_SHUTDOWN", "none of xfs_io, python3 and perl is there to call ioctl(2)");
}
