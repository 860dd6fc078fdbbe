import fs from "node:fs";
import path from "node:path";
import type { Clock } from "../../core/clock.ts";
import { isWithin, type MountPoint, parseMountInfo } from "../../core/mount-info.ts";
import { isSame } from "./mount-table.ts";
import type { MountSignature } from "./state.ts";

/** One look at all processes serves every question of this long: there may be as many questions as volumes. */
const LOOK_MS = 1000;

/** Texts of proc_pid_mountinfo(5): of this process's mount namespace, and of every other one. */
export interface MountTables {
  own: string;
  others: string[];
}

/** A mount, and what it lies on. */
interface PlacedMount extends MountPoint {
  /** The directory of a file system that it covers, whatever the path to it. */
  place: string;
  /** `shared:N`, `master:N` and the like of the mount that it lies on. */
  propagation: string[];
}

/**
 * Tells whether a mount, or a part of it, is also mounted in another mount namespace, as it is in a container that runs.
 * Only processes that can be seen from here count: all of the host's, unless this process is in a namespace of its own.
 * Namespaces that follow this one, as those of services with `PrivateTmp=`, have a copy of every mount, which goes with it:
 * such copies do not count.
 */
export function containersOf(
  clock: Pick<Clock, "nowNs">,
  readTables: () => MountTables = readAllTables,
): (mount: MountSignature) => boolean {
  let look = { atNs: Number.NEGATIVE_INFINITY, own: [] as PlacedMount[], others: [] as PlacedMount[] };
  return (signature) => {
    const nowNs = clock.nowNs();
    if (nowNs - look.atNs > LOOK_MS * 1e6) {
      const { own, others } = readTables();
      look = { atNs: nowNs, own: placedMounts(own), others: others.flatMap(placedMounts) };
    }
    const made = look.own.filter((mount) => isSame(mount, signature));
    return look.others.some((mount) => isPartOf(mount, signature) && !made.some((one) => isCopy(mount, one)));
  };
}

/**
 * Whether processes of containers can be seen, which a driver in a PID namespace of its own cannot, as in a managed plugin.
 * The host's has a number that never changes: PROC_PID_INIT_INO of Linux.
 */
export function seesContainers(): boolean {
  return attempt(() => fs.readlinkSync("/proc/self/ns/pid")) === "pid:[4026531836]";
}

function isPartOf(mount: MountPoint, { device, root, type }: MountSignature): boolean {
  return mount.device === device && mount.type === type && isWithin(mount.root, root);
}

/** Whether the kernel takes one mount away, or refuses to, with the other; see mount_namespaces(7). */
function isCopy(mount: PlacedMount, made: PlacedMount): boolean {
  const group = made.propagation.find((field) => field.startsWith("shared:"))?.slice("shared:".length);
  const isFollowing = group !== undefined && mount.propagation.some((field) => field.split(":")[1] === group);
  return isFollowing && mount.root === made.root && mount.place === made.place;
}

function placedMounts(text: string): PlacedMount[] {
  const lines = text.split("\n").filter((line) => line !== "");
  const fieldsOf = lines.map((line) => line.split(" "));
  const mounts = parseMountInfo(text);
  const indexOf = new Map(fieldsOf.map(([id], index) => [id, index]));
  return mounts.map((mount, index) => {
    const below = indexOf.get(fieldsOf[index]?.[1]);
    const under = below === undefined ? undefined : mounts[below];
    // What lies on nothing that can be seen is nobody's copy.
    if (below === undefined || !under) return { ...mount, place: "", propagation: [] };
    const fields = fieldsOf[below] ?? [];
    const place = `${under.device} ${path.join(under.root, path.relative(under.path, mount.path))}`;
    return { ...mount, place, propagation: fields.slice(6, fields.indexOf("-")) };
  });
}

function readAllTables(): MountTables {
  return { own: fs.readFileSync("/proc/self/mountinfo", "utf8"), others: [...otherTables()] };
}

/** What each other mount namespace has mounted. */
function* otherTables(): Generator<string> {
  const seen = new Set([namespaceOf("self")]);
  for (const pid of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const namespace = namespaceOf(pid);
    if (namespace === undefined || seen.has(namespace)) continue;
    const table = attempt(() => fs.readFileSync(`/proc/${pid}/mountinfo`, "utf8"));
    if (!table) continue;
    seen.add(namespace);
    yield table;
  }
}

/** Undefined when the process has ended. */
function namespaceOf(pid: string): string | undefined {
  return attempt(() => fs.readlinkSync(`/proc/${pid}/ns/mnt`));
}

function attempt<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
