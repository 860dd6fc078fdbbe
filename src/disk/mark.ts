import type { Owner } from "../core/runtime.ts";

/** The environment variable that tells whose a disk's process is. */
export const MARK_VARIABLE = "SEATRIAL_DISK";

const HEAD = "seatrial-disk";

/**
 * Whose a disk is, as text without slashes that fits into a file's name and an environment variable. `serial` tells
 * apart disks that have the same name in two environments of one run.
 */
export function markOf({ runId, lab }: Owner, disk: string, serial: string): string {
  return [HEAD, ...[runId, lab, disk, serial].map(encodeURIComponent)].join(":");
}

/** The owner in a mark or in a path that ends with a file named by one; undefined for what is not ours. */
export function ownerIn(text: string): Owner | undefined {
  const [head, runId, lab, disk] = text.slice(text.lastIndexOf("/") + 1).split(":");
  if (head !== HEAD || !runId || !lab || !disk) return undefined;
  try {
    return { runId: decodeURIComponent(runId), lab: decodeURIComponent(lab) };
  } catch {
    return undefined;
  }
}
