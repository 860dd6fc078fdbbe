import fs from "node:fs";
import type { Clock } from "../../core/clock.ts";
import { isWithin, type MountPoint, parseMountInfo } from "../../core/mount-info.ts";
import type { MountSignature } from "./state.ts";

/** One look at all processes serves every question of this long: there may be as many questions as volumes. */
const LOOK_MS = 1000;

/**
 * Tells whether a mount, or a part of it, is also mounted in another mount namespace, as it is in a container that runs.
 * Only processes that can be seen from here count: all of the host's, unless this process is in a namespace of its own.
 */
export function containersOf(clock: Pick<Clock, "nowNs">): (mount: MountSignature) => boolean {
  let look = { atNs: Number.NEGATIVE_INFINITY, mounts: [] as MountPoint[] };
  return (signature) => {
    const nowNs = clock.nowNs();
    if (nowNs - look.atNs > LOOK_MS * 1e6) look = { atNs: nowNs, mounts: [...otherTables()].flat() };
    return look.mounts.some((mount) => isPartOf(mount, signature));
  };
}

function isPartOf(mount: MountPoint, { device, root, type }: MountSignature): boolean {
  return mount.device === device && mount.type === type && isWithin(mount.root, root);
}

/** What each other mount namespace has mounted. */
function* otherTables(): Generator<MountPoint[]> {
  const seen = new Set([namespaceOf("self")]);
  for (const pid of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const namespace = namespaceOf(pid);
    if (namespace === undefined || seen.has(namespace)) continue;
    const table = tableOf(pid);
    if (!table) continue;
    seen.add(namespace);
    yield table;
  }
}

/** Undefined when the process has ended. */
function namespaceOf(pid: string): string | undefined {
  return attempt(() => fs.readlinkSync(`/proc/${pid}/ns/mnt`));
}

function tableOf(pid: string): MountPoint[] | undefined {
  return attempt(() => parseMountInfo(fs.readFileSync(`/proc/${pid}/mountinfo`, "utf8")));
}

function attempt<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
