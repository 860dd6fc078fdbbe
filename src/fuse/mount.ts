import { spawn } from "node:child_process";
import fs from "node:fs";
import { messageOf, systemCode } from "../core/errors.ts";
import { fuseError } from "./errors.ts";

const DEVICE = "/dev/fuse";

/** What to mount. */
export interface FuseMount {
  /** An existing directory; absolute. */
  mountpoint: string;
  /** What mountinfo shows as the source, and behind `fuse.` as the type. */
  name: string;
}

/**
 * Opens the FUSE device and mounts it; whoever holds the returned descriptor must serve it at once, since every look
 * at the mount waits for that. All users may look (`allow_other`), the kernel checks permissions by mode.
 * @throws SeatrialError FUSE_UNAVAILABLE, FUSE_MOUNT_FAILED
 */
export async function attach({ mountpoint, name }: FuseMount): Promise<number> {
  const device = openDevice();
  // The superuser's number inside a user namespace is 0 as well, so the same options hold there.
  const options = "fd=3,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions";
  const { status, stderr } = await run("mount", ["-i", "-t", `fuse.${name}`, "-o", options, name, mountpoint], device);
  if (status === 0) return device;
  fs.closeSync(device);
  throw fuseError(
    "FUSE_MOUNT_FAILED",
    `mounting ${name} on ${mountpoint} failed: ${stderr.trim() || `status ${status}`}`,
  );
}

function openDevice(): number {
  try {
    return fs.openSync(DEVICE, "r+");
  } catch (error) {
    const why = { ENOENT: "it does not exist", EACCES: "this user may not", EPERM: "this container may not" };
    const code = systemCode(error) as keyof typeof why;
    throw fuseError("FUSE_UNAVAILABLE", `${DEVICE} cannot be opened: ${why[code] ?? messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Mount points at and below `directory`, deepest and latest first: the order in which they can be unmounted. */
export function mountsBelow(directory: string, mountinfo: string): string[] {
  return mountinfo
    .split("\n")
    .map((line) => unescapeOctal(line.split(" ")[4] ?? ""))
    .filter((point) => point === directory || point.startsWith(`${directory}/`))
    .toReversed()
    .toSorted((a, b) => b.split("/").length - a.split("/").length);
}

/** mountinfo writes blank, tab, newline and backslash as three octal digits (proc_pid_mountinfo(5)). */
function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/**
 * Unmounts everything at and below `directory`, deepest first. What is busy is cut off: its connection is aborted, so
 * that whoever still looks through it gets ENOTCONN, and the mount is detached. Returns what is still mounted.
 */
export async function unmountAll(directory: string): Promise<string[]> {
  const mounted = () => mountsBelow(directory, fs.readFileSync("/proc/self/mountinfo", "utf8"));
  for (const point of mounted()) {
    const { status } = await run("umount", ["-i", "-c", point]);
    if (status !== 0) await run("umount", ["-i", "-c", "-f", "-l", point]);
  }
  return mounted();
}

/** Runs a program to its end; `inherited` becomes its descriptor 3. */
function run(command: string, args: string[], inherited?: number): Promise<{ status: number; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "ignore", "pipe", ...(inherited === undefined ? [] : [inherited])],
    });
    let stderr = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on("error", (error) => resolve({ status: -1, stderr: error.message }));
    child.on("close", (status) => resolve({ status: status ?? -1, stderr }));
  });
}
