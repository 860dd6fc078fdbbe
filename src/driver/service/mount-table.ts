import fs from "node:fs";
import { type MountPoint, mountsBelow, parseMountInfo } from "../../core/mount-info.ts";
import type { MountSignature } from "./state.ts";

/** What the kernel has mounted, without touching any of it. */
export type MountTable = () => MountPoint[];

/** Everything this process sees. One read: it is consistent, and no mount can hold it up. */
export function readMountTable(): MountPoint[] {
  return parseMountInfo(fs.readFileSync("/proc/self/mountinfo", "utf8"));
}

/** What lies on a path, the lowest first. */
export function mountsAt(table: readonly MountPoint[], path: string): MountPoint[] {
  return table.filter((mount) => mount.path === path);
}

/** What is mounted at a path or anywhere below it. */
export function isMountedWithin(table: readonly MountPoint[], path: string): boolean {
  return mountsAt(table, path).length > 0 || mountsBelow(table, path).length > 0;
}

/** What a mount can be recognised by later. */
export function signatureOf({ device, root, type }: MountPoint): MountSignature {
  return { device, root, type };
}

/** Whether a mount is the one that was made. */
export function isSame(mount: MountPoint, signature: MountSignature): boolean {
  return mount.device === signature.device && mount.root === signature.root && mount.type === signature.type;
}

/** Whether what is mounted is elsewhere on its file system by now, as in the trash where another host has removed it. */
export function hasMoved({ device, root }: MountPoint, signature: MountSignature): boolean {
  return device === signature.device && root !== signature.root;
}
