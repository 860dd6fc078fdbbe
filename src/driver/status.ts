import type { Health } from "./back-end.ts";
import type { Reference } from "./service/references.ts";

/** All that a running driver tells of itself. */
export interface DriverStatus {
  backEnd: {
    id: string;
    scope: "local" | "global";
    /** Why what is known of volumes may be old; absent while the back end answers. */
    degraded?: string;
  };
  /** How often engines have forgotten what they had mounted. */
  epoch: number;
  volumes: VolumeStatus[];
}

/** One volume that is known, mounted or referenced here. */
export interface VolumeStatus {
  name: string;
  /** Absent while it is not mounted. */
  mountpoint?: string;
  /** When it was last looked at. */
  health?: Health;
  /** By ID of the mount. */
  references: Record<string, Reference>;
  /** Mounts that an engine surely has. */
  current: number;
  /** Mounts from before an engine's start, which it may still have. */
  restored: number;
}
