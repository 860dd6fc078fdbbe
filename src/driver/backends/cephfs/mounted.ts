import { readFileSync } from "node:fs";
import { type MountPoint, parseMountInfo } from "../../../core/mount-info.ts";

/** What lies on top at `target`; undefined where it is no mount point. Never touches a mount. */
export function mountedAt(target: string): MountPoint | undefined {
  return parseMountInfo(readFileSync("/proc/self/mountinfo", "utf8")).findLast(({ path }) => path === target);
}

/** Whether this kernel has a client of its own. */
export function kernelHasCeph(): boolean {
  return /^\tceph$|^nodev\tceph$/m.test(readFileSync("/proc/filesystems", "utf8"));
}
