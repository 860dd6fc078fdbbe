import path from "node:path";
import type { ContainerSpec } from "../../core/runtime.ts";
import type { DeviceMount } from "../disks.ts";
import { fail } from "./errors.ts";
import { isWithin, type MountPoint, mountHolding, mountsBelow } from "../../core/mount-info.ts";
import type { Step } from "./script.ts";

/** A bind whose source has been looked at: a real path, and what is there. */
export interface KnownBind {
  source: string;
  target: string;
  readOnly: boolean;
  isDirectory: boolean;
}

/** The machine as far as a container's root directory is made of it. */
export interface Machine {
  mounts: readonly MountPoint[];
  /** Top-level links such as `/bin -> usr/bin`, copied as they are. */
  links: readonly { path: string; to: string }[];
  /** System directories, device nodes and the agent's files, at their places inside. */
  binds: readonly KnownBind[];
}

/** Something mounted inside a container, by its path there. */
type Mount = { target: string; isDirectory: boolean } & (
  | { kind: "bind"; bind: KnownBind }
  | { kind: "disk"; disk: DeviceMount }
  | { kind: "tmpfs" }
  | { kind: "proc" }
);

const MACHINE_DIRECTORY = "/.machine";

/** Bind mounts of a child user namespace must keep these where the machine set them: mount_namespaces(7), "locked". */
const LOCKED_OPTIONS = ["nosuid", "nodev", "noexec"];

/**
 * The steps from a fresh mount namespace to a container: a memory file system at `root` takes the machine's place.
 * @throws EMBEDDED_BAD_SPEC when targets clash or cannot be made.
 */
export function layoutSteps(
  spec: ContainerSpec,
  sources: { binds: readonly KnownBind[]; disks: readonly DeviceMount[] },
  machine: Machine,
  root: string,
): Step[] {
  const mounts = mountsOf(spec, sources, machine);
  return [
    { argv: ["hostname", spec.name] },
    { argv: ["ip", "link", "set", "lo", "up"] },
    {
      // Unbindable, so that a bind of a directory above `root` does not carry the half-made container into itself.
      argv: ["mount", "-n", "-t", "tmpfs", "-o", "mode=755", "--make-unbindable", "tmpfs", root],
      purpose: "mount a memory file system as the root directory",
    },
    ...skeletonSteps(mounts, machine, root),
    ...mounts.flatMap((mount) => placeSteps(mount, mounts, root).concat(mountSteps(mount, machine.mounts, root))),
    ...pivotSteps(root),
  ];
}

/** All mounts, those above before those below. What the spec asks for replaces what the container has by itself. */
function mountsOf(
  spec: ContainerSpec,
  { binds, disks }: { binds: readonly KnownBind[]; disks: readonly DeviceMount[] },
  machine: Machine,
): Mount[] {
  const bindMount = (bind: KnownBind): Mount => ({
    kind: "bind",
    bind,
    target: bind.target,
    isDirectory: bind.isDirectory,
  });
  const tmpfs = (target: string): Mount => ({ kind: "tmpfs", target, isDirectory: true });
  const diskMount = (disk: DeviceMount): Mount => ({ kind: "disk", disk, target: disk.target, isDirectory: true });
  const asked = [...binds.map(bindMount), ...spec.tmpfs.map(tmpfs), ...disks.map(diskMount)];
  checkTargets(spec.name, asked, machine);
  const own: Mount[] = [
    { kind: "proc", target: "/proc", isDirectory: true },
    tmpfs("/tmp"),
    tmpfs("/dev/shm"),
    ...machine.binds.map(bindMount),
  ];
  const byTarget = new Map([...own, ...asked].map((mount) => [mount.target, mount]));
  return [...byTarget.values()].sort((a, b) => depth(a.target) - depth(b.target));
}

function checkTargets(container: string, asked: readonly Mount[], machine: Machine): void {
  const seen = new Set<string>();
  for (const { target } of asked) {
    const refuse = (reason: string) =>
      fail("EMBEDDED_BAD_SPEC", `container "${container}": the mount target "${target}" ${reason}`);
    if (!path.isAbsolute(target) || path.normalize(target) !== target)
      throw refuse("is not an absolute, normalised path");
    if (target === "/" || target.endsWith("/") || target.includes("\0")) throw refuse("cannot be a mount point");
    if (seen.has(target)) throw refuse("is named twice");
    const link = machine.links.find((entry) => isWithin(target, entry.path));
    if (link) throw refuse(`lies behind the link ${link.path} -> ${link.to}`);
    seen.add(target);
  }
}

/** Everything that stands on the root itself, in as few commands as possible: each costs more than a millisecond. */
function skeletonSteps(mounts: readonly Mount[], machine: Machine, root: string): Step[] {
  const onRoot = mounts.filter((mount) => !enclosing(mount, mounts));
  const parents = [
    ...onRoot.filter((mount) => !mount.isDirectory),
    ...machine.links.map((link) => ({ target: link.path })),
  ];
  const directories = onRoot.filter((mount) => mount.isDirectory).map((mount) => mount.target);
  const wanted = [
    MACHINE_DIRECTORY,
    "/run",
    "/root",
    ...directories,
    ...parents.map((mount) => path.dirname(mount.target)),
  ];
  const files = onRoot.filter((mount) => !mount.isDirectory).map((mount) => root + mount.target);
  return [
    {
      argv: ["mkdir", "-p", ...new Set(wanted.map((directory) => root + directory))],
      purpose: "make the mount points",
    },
    { argv: ["touch", ...files], purpose: "make the mount points" },
    ...machine.links.map(({ path: at, to }) => ({ argv: ["ln", "-s", to, root + at], purpose: `make the link ${at}` })),
  ];
}

/** Makes a mount point below another mount; on one that shows the machine's files it must be there already. */
function placeSteps(mount: Mount, mounts: readonly Mount[], root: string): Step[] {
  const above = enclosing(mount, mounts);
  if (!above) return [];
  const place = root + mount.target;
  if (above.kind !== "tmpfs") {
    const what = mount.isDirectory ? "directory" : "file";
    return [
      {
        argv: ["test", mount.isDirectory ? "-d" : "-f", place],
        purpose: `find the ${what} "${mount.target}" in what is mounted at "${above.target}" to mount on`,
      },
    ];
  }
  const purpose = `make the mount point "${mount.target}"`;
  if (mount.isDirectory) return [{ argv: ["mkdir", "-p", place], purpose }];
  return [
    { argv: ["mkdir", "-p", path.dirname(place)], purpose },
    { argv: ["touch", place], purpose },
  ];
}

function mountSteps(mount: Mount, machineMounts: readonly MountPoint[], root: string): Step[] {
  const at = root + mount.target;
  if (mount.kind === "bind") return bindSteps(mount.bind, machineMounts, at);
  if (mount.kind === "disk") return [diskStep(mount.disk, at)];
  const options = mount.kind === "proc" ? "nosuid,nodev,noexec" : "nosuid,nodev,mode=1777";
  const purpose = `mount a ${mount.kind === "proc" ? "process" : "memory"} file system at "${mount.target}"`;
  return [{ argv: ["mount", "-n", "-t", mount.kind, "-o", options, mount.kind, at], purpose }];
}

function diskStep({ device, fileSystem, options, target }: DeviceMount, at: string): Step {
  const chosen = options.length > 0 ? ["-o", options.join(",")] : [];
  return {
    argv: ["mount", "-n", "-t", fileSystem, ...chosen, device, at],
    purpose: `mount the disk ${device} at "${target}"`,
  };
}

/** A read-only bind covers what is mounted below its source too: `ro` reaches only the top of a recursive bind. */
function bindSteps({ source, target, readOnly }: KnownBind, machineMounts: readonly MountPoint[], at: string): Step[] {
  const purpose = `show "${source}" at "${target}"`;
  if (!readOnly) return [{ argv: ["mount", "-n", "-o", "rbind", source, at], purpose }];
  const below = mountsBelow(machineMounts, source);
  return [
    { argv: ["mount", "-n", "-o", readOnlyOptions("rbind", mountHolding(machineMounts, source)), source, at], purpose },
    ...below.map((mount) => ({
      argv: [
        "mount",
        "-n",
        "-o",
        readOnlyOptions("remount,bind", mount),
        "none",
        at + mount.path.slice(source === "/" ? 0 : source.length),
      ],
      purpose: `make "${mount.path}" read-only at "${target}"`,
    })),
  ];
}

function readOnlyOptions(kind: string, mount: MountPoint | undefined): string {
  const kept = LOCKED_OPTIONS.filter((option) => mount?.options.includes(option));
  return [kind, "ro", ...kept].join(",");
}

/** The new root takes the old one's place, and the old one goes: the container sees nothing else of the machine. */
function pivotSteps(root: string): Step[] {
  return [
    { argv: ["cd", root], purpose: "enter the new root directory" },
    { argv: ["pivot_root", ".", `.${MACHINE_DIRECTORY}`], purpose: "change the root directory" },
    { argv: ["cd", "/"], purpose: "enter the new root directory" },
    { argv: ["umount", "-n", "-l", MACHINE_DIRECTORY], purpose: "detach the machine's root directory" },
    { argv: ["rmdir", MACHINE_DIRECTORY], purpose: "remove the place of the machine's root directory" },
  ];
}

function enclosing(mount: Mount, mounts: readonly Mount[]): Mount | undefined {
  return mounts.findLast((other) => other !== mount && isWithin(mount.target, other.target));
}

function depth(target: string): number {
  return target.split("/").length;
}
