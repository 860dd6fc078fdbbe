import type { MountClass } from "./options.ts";

/** One mount as `/proc/PID/mountinfo` tells it (proc_pid_mountinfo(5)). */
export interface MountFacts {
  /** `major:minor` of the super block: equal on one kernel means one set of caches. */
  device: string;
  root: string;
  mountpoint: string;
  options: string;
  type: string;
  source: string;
  superOptions: string;
}

/** The mount on which `file` lies: the longest mount point above it, the last one when several are stacked. */
export function mountOf(mountinfo: string, file: string): MountFacts {
  let found: MountFacts | undefined;
  for (const line of mountinfo.split("\n")) {
    const mount = parseLine(line);
    if (mount && isAbove(mount.mountpoint, file) && mount.mountpoint.length >= (found?.mountpoint.length ?? 0))
      found = mount;
  }
  if (!found) throw new Error(`no mount holds ${file}`);
  return found;
}

function parseLine(line: string): MountFacts | undefined {
  const [before = "", after] = line.split(" - ");
  if (after === undefined) return undefined;
  const [, , device = "", root = "", mountpoint = "", options = ""] = before.split(" ").map(unescapeOctal);
  const [type = "", source = "", superOptions = ""] = after.split(" ").map(unescapeOctal);
  return { device, root, mountpoint, options, type, source, superOptions };
}

const unescapeOctal = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));

const isAbove = (mountpoint: string, file: string): boolean =>
  mountpoint === "/" || file === mountpoint || file.startsWith(`${mountpoint}/`);

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

/** What the two sides' mounts promise each other: one super block on one kernel is native, whatever its type. */
export function classOf(sides: readonly (Pick<MountFacts, "device" | "type"> & { sameKernel: boolean })[]): MountClass {
  const [first] = sides;
  if (first && sides.every(({ device, sameKernel }) => sameKernel && device === first.device)) return "native";
  const classes = sides.map(({ type }) => CLASS_OF_TYPE.find(([pattern]) => pattern.test(type))?.[1] ?? "native");
  const weakest: readonly MountClass[] = ["ttl-cache", "close-to-open", "coherent-cluster"];
  return weakest.find((candidate) => classes.includes(candidate)) ?? "native";
}
