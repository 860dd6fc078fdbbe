import fs from "node:fs";

/** What all kinds of files have in common. */
interface Ownership {
  /** Inode and time of birth: an inode number that is used again is another file. */
  identity: string;
  mode: number;
  uid: number;
  gid: number;
}

/** What a name stood for at one moment. */
export type FileState =
  | { kind: "missing" }
  /** Pipes, sockets and devices, which no copy carries. */
  | { kind: "other" }
  | ({ kind: "directory" } & Ownership)
  | ({ kind: "link"; target: string } & Ownership)
  | ({ kind: "file"; content: Buffer; mtimeNs: bigint } & Ownership);

/** A state that can be copied. */
export type CarriedState = Exclude<FileState, { kind: "missing" | "other" }>;

/** Reads what is at `path` now, the whole content included. */
export function captureState(path: string): FileState {
  try {
    return capture(path);
  } catch {
    // It went away between two of the looks; the next event tells so.
    return { kind: "missing" };
  }
}

/** Whether a copy can stand for it. */
export function isCarried(state: FileState): state is CarriedState {
  return state.kind !== "missing" && state.kind !== "other";
}

/** Changes with every change of a file, and not with what happens inside a directory; undefined for a missing name. */
export function fingerprint(path: string): string | undefined {
  const stat = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat?.isDirectory()) return `${stat.ino}:${stat.mode}:${stat.uid}:${stat.gid}`;
  return stat && `${stat.ino}:${stat.ctimeNs}`;
}

function capture(path: string): FileState {
  const stat = fs.lstatSync(path, { bigint: true });
  const ownership: Ownership = {
    identity: `${stat.ino}:${stat.birthtimeNs}`,
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
  };
  if (stat.isDirectory()) return { kind: "directory", ...ownership };
  if (stat.isSymbolicLink()) return { kind: "link", target: fs.readlinkSync(path), ...ownership };
  if (!stat.isFile()) return { kind: "other" };
  return { kind: "file", content: fs.readFileSync(path), mtimeNs: stat.mtimeNs, ...ownership };
}
