/** One line of proc_pid_mountinfo(5): what is mounted where, and how. */
export interface MountPoint {
  path: string;
  /** `major:minor` of the super block: equal on one kernel means one set of caches. */
  device: string;
  /** The directory of the file system that is mounted here, `/` for all of it. */
  root: string;
  /** Options of this mount, `ro` and `nosuid` among them; not those of the file system behind it. */
  options: string[];
  /** File system type, `ext4` or `fuse.sshfs`. */
  type: string;
  /** What is mounted, in the file system's own words: a device, an address, a name. */
  source: string;
  /** Options of the file system, the lifetimes of its caches among them where it tells them. */
  superOptions: string[];
}

/** Reads the text of `/proc/self/mountinfo`, oldest mount first. */
export function parseMountInfo(text: string): MountPoint[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const fields = line.split(" ");
      const [, , device = "", root = "", path = "", options = ""] = fields;
      const [type = "", source = "", superOptions = ""] = fields.slice(fields.indexOf("-") + 1);
      return {
        path: unescapeOctal(path),
        device,
        root: unescapeOctal(root),
        options: options.split(","),
        type,
        source: unescapeOctal(source),
        superOptions: superOptions.split(","),
      };
    });
}

/** The kernel writes blank, tab, newline and backslash in paths as `\040` and the like. */
function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** The mount that holds `path`: the deepest above it, the newest where several lie on one place. */
export function mountHolding(mounts: readonly MountPoint[], path: string): MountPoint | undefined {
  return mounts
    .filter((mount) => isWithin(path, mount.path))
    .reduce<MountPoint | undefined>(
      (best, mount) => (!best || mount.path.length >= best.path.length ? mount : best),
      undefined,
    );
}

/** Mounts strictly below `path`, which a recursive bind carries along. */
export function mountsBelow(mounts: readonly MountPoint[], path: string): MountPoint[] {
  const newest = new Map(mounts.map((mount) => [mount.path, mount]));
  return [...newest.values()].filter((mount) => mount.path !== path && isWithin(mount.path, path));
}

/** Whether `path` is `directory` or lies below it. Both are absolute and normalised. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith("/") ? directory : `${directory}/`);
}
