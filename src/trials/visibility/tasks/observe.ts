import fs from "node:fs";
import path from "node:path";
import type { NativeLibrary } from "../../../agent/protocol.ts";
import { systemCode } from "../../../core/errors.ts";
import type { Answer, Observer } from "../model.ts";
import { describeContent, OLD_TIME_S } from "./content.ts";
import { ATTRIBUTE, type Expected, type Operation } from "./operations.ts";

/** A way to look again and again at one name; `close` frees what it holds. */
export interface Gaze {
  look(): Answer;
  close(): void;
}

/** What a gaze is turned upon. */
export interface GazeTarget {
  directory: string;
  name: string;
  operation: Operation;
  native: () => NativeLibrary;
}

/** Sees the raw state of one kind and says whether it is the expected one; a text says what it saw instead. */
type Match<Raw> = (raw: Raw, expected: Expected) => boolean;

const OLD_MTIME_NS = BigInt(OLD_TIME_S) * 1_000_000_000n;
const BUFFER_BYTES = 4096;

/** Opens the gaze of an observer. `held` keeps a descriptor, `mmap` a mapping, from the first look that finds the file until it is closed. */
export function openGaze(observer: Observer, held: boolean, target: GazeTarget): Gaze {
  const { operation, name, directory } = target;
  const file = path.join(directory, operation.lookAt?.(name) ?? name);
  const before = operation.before(name);
  const after = operation.after(name);
  const free = () => {};
  const asAnswer = (look: () => Answer) => () => answerOf(look, before, after);
  if (observer === "mmap") return mappedGaze(file, before, after, target.native());
  if (held) return heldGaze(observer, file, before, after);
  if (observer === "read") return { look: asAnswer(() => judgeContent(readWhole(file), before, after)), close: free };
  if (observer === "readdir") return { look: () => lookInDirectory(target, before, after), close: free };
  if (observer === "agreement") return { look: () => lookTwice(target, file, before, after), close: free };
  if (isFile(after) && after.attribute !== undefined) {
    // Asked for before the first look: what is missing here must not be taken for what the mount shows.
    const native = target.native();
    return { look: asAnswer(() => judgeAttribute(native.getXattr(file, ATTRIBUTE), before, after)), close: free };
  }
  return { look: asAnswer(() => lookAtStat(file, before, after)), close: free };
}

/** Turns "there is no such file" into the state it is, and every other error into an answer. */
function answerOf(look: () => Answer, before: Expected, after: Expected): Answer {
  try {
    return look();
  } catch (error) {
    const code = systemCode(error) ?? "unknown";
    if (code === "ENOENT" && after.is === "absent") return "new";
    if (code === "ENOENT" && before.is === "absent") return "old";
    return `error: ${code}`;
  }
}

function decide<Raw>(raw: Raw, matches: Match<Raw>, before: Expected, after: Expected, describe: () => string): Answer {
  if (matches(raw, after)) return "new";
  if (matches(raw, before)) return "old";
  return `wrong: ${describe()}`;
}

function lookAtStat(file: string, before: Expected, after: Expected): Answer {
  const stats = fs.lstatSync(file, { bigint: true });
  const target = stats.isSymbolicLink() ? fs.readlinkSync(file) : undefined;
  return decide({ stats, target }, matchesStats, before, after, () => describeStats(stats, target));
}

function matchesStats(
  { stats, target }: { stats: fs.BigIntStats; target: string | undefined },
  expected: Expected,
): boolean {
  if (expected.is === "absent") return false;
  if (expected.is === "directory") return stats.isDirectory();
  if (expected.is === "symlink") return target === expected.target;
  return (
    stats.isFile() &&
    Number(stats.size) === expected.content.length &&
    (expected.mode === undefined || Number(stats.mode & 0o777n) === expected.mode) &&
    (expected.mtimeNs === undefined || stats.mtimeNs === expected.mtimeNs) &&
    (!expected.touched || stats.mtimeNs !== OLD_MTIME_NS) &&
    (expected.links === undefined || Number(stats.nlink) === expected.links)
  );
}

function describeStats(stats: fs.BigIntStats, target: string | undefined): string {
  if (target !== undefined) return `a link to ${target}`;
  if (stats.isDirectory()) return "a directory";
  return `size ${stats.size}, mode ${(stats.mode & 0o777n).toString(8)}, mtime ${stats.mtimeNs} ns, ${stats.nlink} links`;
}

function readWhole(file: string): string {
  const fd = fs.openSync(file, "r");
  try {
    return readAt(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function readAt(fd: number): string {
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  return buffer.toString("latin1", 0, fs.readSync(fd, buffer, 0, BUFFER_BYTES, 0));
}

function judgeContent(seen: string, before: Expected, after: Expected): Answer {
  const matches: Match<string> = (raw, expected) => isFile(expected) && raw === expected.content;
  return decide(seen, matches, before, after, () => describeContent(seen, contentIn(before), contentIn(after)));
}

function judgeAttribute(seen: Uint8Array | undefined, before: Expected, after: Expected): Answer {
  const value = seen === undefined ? "none" : Buffer.from(seen).toString();
  const matches: Match<string> = (raw, expected) => isFile(expected) && raw === expected.attribute;
  return decide(value, matches, before, after, () => `attribute ${JSON.stringify(value)}`);
}

function lookInDirectory({ directory, name, operation }: GazeTarget, before: Expected, after: Expected): Answer {
  let names: string[];
  try {
    names = fs.readdirSync(directory);
  } catch (error) {
    // Whatever is missing here, it is not the name that was looked for.
    return `error: ${systemCode(error) ?? "unknown"}`;
  }
  const listed = names.includes(name);
  const vanishing = operation.vanishes?.(name);
  const lingers = vanishing !== undefined && names.includes(vanishing);
  const present = (expected: Expected) => expected.is !== "absent";
  if (listed === present(after) && !lingers) return "new";
  if (listed === present(before) && (vanishing === undefined || lingers)) return "old";
  return `wrong: ${listed ? "the new name" : "no name"}${lingers ? " beside the old one" : ""}`;
}

/** Stat, then readdir: when one sees the change and the other does not, the answer says who saw what. */
function lookTwice(target: GazeTarget, file: string, before: Expected, after: Expected): Answer {
  const byStat = answerOf(() => lookAtStat(file, before, after), before, after);
  const byReaddir = lookInDirectory(target, before, after);
  return byStat === byReaddir ? byStat : `split: stat ${byStat}, readdir ${byReaddir}`;
}

function heldGaze(observer: Observer, file: string, before: Expected, after: Expected): Gaze {
  let fd: number | undefined;
  const lookThrough = (open: number): Answer => {
    if (observer === "read") return judgeContent(readAt(open), before, after);
    const stats = fs.fstatSync(open, { bigint: true });
    return decide({ stats, target: undefined }, matchesStats, before, after, () => describeStats(stats, undefined));
  };
  return {
    look: () => {
      const open = (fd ??= openWhereThere(file));
      return open === undefined ? NOT_THERE : answerOf(() => lookThrough(open), before, after);
    },
    close: () => {
      if (fd !== undefined) fs.closeSync(fd);
    },
  };
}

function mappedGaze(file: string, before: Expected, after: Expected, native: NativeLibrary): Gaze {
  const lengthBytes = contentIn(before)?.length ?? BUFFER_BYTES;
  let mapping: ReturnType<NativeLibrary["map"]> | undefined;
  return {
    look: () => {
      mapping ??= mapWhereThere(file, lengthBytes, native);
      return mapping ? judgeContent(Buffer.from(mapping.bytes).toString("latin1"), before, after) : NOT_THERE;
    },
    close: () => mapping?.unmap(),
  };
}

function mapWhereThere(file: string, lengthBytes: number, native: NativeLibrary) {
  const fd = openWhereThere(file);
  if (fd === undefined) return undefined;
  try {
    // A load from beyond the file's end would be this process's (SIGBUS).
    return fs.fstatSync(fd).size < lengthBytes ? undefined : native.map(fd, lengthBytes, false);
  } finally {
    fs.closeSync(fd);
  }
}

const NOT_THERE: Answer = "error: ENOENT";

/** A share may show a file late, so that a look opens it once it is there. Whatever else is refused is thrown: the mount does not do it. */
function openWhereThere(file: string): number | undefined {
  try {
    return fs.openSync(file, "r");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

const isFile = (expected: Expected): expected is Expected & { is: "file" } => expected.is === "file";
const contentIn = (expected: Expected): string | undefined => (isFile(expected) ? expected.content : undefined);
