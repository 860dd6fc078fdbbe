import { type MountPoint, mountHolding, parseMountInfo } from "../../core/mount-info.ts";
import type { MountClass } from "./options.ts";

/** The mount on which `file` lies, from the text of mountinfo; `undefined` where a kernel does not tell. */
export function mountOf(mountinfo: string, file: string): MountPoint | undefined {
  return mountHolding(parseMountInfo(mountinfo), file);
}

/** What file systems promise, by the type in mountinfo; sources in the trial's README. */
const CLASS_OF_TYPE: readonly [RegExp, MountClass][] = [
  [/^(nfs4?|cifs|smb3|lustre)$/, "close-to-open"],
  [/^(ceph|gfs2|ocfs2|fuse\.ceph.*)$/, "coherent-cluster"],
  [/^(virtiofs|9p|fuse.*|vboxsf|prl_fs|fakeowner|osxfs|grpcfuse)$/, "ttl-cache"],
];

/** How long a cached answer may be old: NFS acdirmax (nfs(5)), virtiofs and libfuse defaults. */
export const DEFAULT_TTL_MS: Record<MountClass, number> = {
  native: 0,
  "close-to-open": 60_000,
  "ttl-cache": 1_000,
  "coherent-cluster": 0,
};

/**
 * What the two sides' mounts promise each other: one super block on one kernel is native, whatever its type. A side whose kernel does not
 * tell its mounts is left out; what the other one says decides.
 */
export function classOf(sides: readonly (Pick<MountPoint, "device" | "type"> & { sameKernel: boolean })[]): MountClass {
  const [first] = sides;
  if (first && sides.length > 1 && sides.every(({ device, sameKernel }) => sameKernel && device === first.device))
    return "native";
  const classes = sides.map(({ type }) => CLASS_OF_TYPE.find(([pattern]) => pattern.test(type))?.[1] ?? "native");
  const weakest: readonly MountClass[] = ["close-to-open", "ttl-cache", "coherent-cluster"];
  return weakest.find((candidate) => classes.includes(candidate)) ?? "native";
}
