import type { Identity } from "./identities.ts";
import type { CephfsOptions } from "./options.ts";
import type { Subvolume } from "./subvolumes.ts";

/** What is mounted and how. */
export interface MountJob {
  subvolume: Pick<Subvolume, "path" | "monitors">;
  options: CephfsOptions;
  identity: Identity;
  /** An empty directory. */
  target: string;
}

/** A client of CephFS. */
export interface Mounter {
  /**
   * @throws PathGone; SeatrialError BACK_END_AWAY, MOUNT_FAILED; the signal's reason. Nothing is mounted then.
   */
  mount(job: MountJob, signal: AbortSignal): Promise<void>;
}

/** The directory is not in the file system any more: the volume was removed, perhaps made again. */
export class PathGone extends Error {
  override readonly name = "PathGone";
}

/** Below the 25 s that a Mount may take, and that of an engine that does not wait long. */
export const MOUNT_TIMEOUT_SECONDS = 20;

/** Flags that both clients know; no programs with foreign rights and no devices unless asked for. */
export function mountFlags({ ro, noatime, nosuid = true, nodev = true, noexec }: CephfsOptions): string[] {
  return [
    ...(ro ? ["ro"] : []),
    ...(noatime ? ["noatime"] : []),
    nosuid ? "nosuid" : "suid",
    nodev ? "nodev" : "dev",
    ...(noexec ? ["noexec"] : []),
  ];
}
