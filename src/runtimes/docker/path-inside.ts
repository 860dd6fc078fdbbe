import path from "node:path";

/** The part of the engine's description of a mount that says where it comes from and where it is. */
export interface MountPoint {
  Source: string;
  Destination: string;
}

/** What Docker Desktop's virtual machine puts before the paths of the host. */
const DESKTOP_PREFIXES = ["/host_mnt", "/run/desktop/mnt/host"];

/**
 * Where a host path is inside a container, by its mounts; undefined where it is not visible. The longest source wins;
 * one that another mount covers inside (an anonymous volume over `node_modules`) does not count.
 */
export function pathInside(mounts: readonly MountPoint[], hostPath: string): string | undefined {
  return mounts
    .flatMap((mount) => sourcesOf(mount).map((source) => ({ mount, source })))
    .filter(({ source }) => isWithin(hostPath, source))
    .sort((a, b) => b.source.length - a.source.length)
    .map(({ mount, source }) => ({
      mount,
      inside: path.posix.join(mount.Destination, path.posix.relative(source, hostPath)),
    }))
    .find(({ mount, inside }) => !isCovered(inside, mount, mounts))?.inside;
}

function sourcesOf({ Source }: MountPoint): string[] {
  const onHost = DESKTOP_PREFIXES.filter((prefix) => Source.startsWith(`${prefix}/`)).map((prefix) =>
    Source.slice(prefix.length),
  );
  return [Source, ...onHost].filter(Boolean);
}

function isCovered(inside: string, by: MountPoint, mounts: readonly MountPoint[]): boolean {
  const isDeeper = ({ Destination }: MountPoint) =>
    Destination !== by.Destination && isWithin(Destination, by.Destination);
  return mounts.some((other) => isDeeper(other) && isWithin(inside, other.Destination));
}

function isWithin(inner: string, outer: string): boolean {
  const relative = path.posix.relative(outer, inner);
  return relative !== ".." && !relative.startsWith("../");
}
