import { readFile } from "node:fs/promises";
import { isWithin, type MountPoint, mountHolding, parseMountInfo } from "../../../../core/mount-info.ts";

/** Everything that is mounted, as the kernel tells it. Unlike `stat` it cannot hang on what is mounted. */
export async function mountTable(): Promise<MountPoint[]> {
  return parseMountInfo(await readFile("/proc/self/mountinfo", "utf8"));
}

/** What is mounted at a directory or below it. */
export async function mountedWithin(directory: string): Promise<MountPoint[]> {
  return (await mountTable()).filter((mount) => isWithin(mount.path, directory));
}

/** Whether `mount` shows the directory `source`, and not something else that came to its place. */
export function isBindOf(mount: MountPoint, source: string, table: readonly MountPoint[]): boolean {
  const holder = mountHolding(
    table.filter((other) => other !== mount),
    source,
  );
  if (!holder || holder.device !== mount.device) return false;
  const within = source.slice(holder.path.length).replace(/^\/?/, "/");
  return mount.root === (holder.root === "/" ? within : `${holder.root}${within}`);
}
