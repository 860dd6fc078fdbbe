import fs from "node:fs";
import type { NativeLibrary } from "../../../agent/protocol.ts";
import type { EventKind, OperationId } from "../model.ts";
import { contentOf, OLD_TIME_S } from "./content.ts";

/** A state of the world at one path, as far as an observer can tell. */
export type Expected =
  | { is: "absent" }
  /** `mtimeNs` exact where given; `touched` wants any modification time but the old one. */
  | {
      is: "file";
      content: string;
      mode?: number;
      mtimeNs?: bigint;
      touched?: boolean;
      links?: number;
      attribute?: string;
    }
  | { is: "directory" }
  | { is: "symlink"; target: string };

/** The change itself, ready to be made; `close` frees what was kept open for it. */
export interface PreparedChange {
  act(): void;
  close?(): void;
}

/** One kind of change: how it is made, and what tells before from after. */
export interface Operation {
  before(name: string): Expected;
  after(name: string): Expected;
  /** Looked at instead of the name itself: a child of a renamed directory. */
  lookAt?(name: string): string;
  /** Another name in the directory that must vanish with the change. */
  vanishes?(name: string): string;
  /** Nothing between before and after may ever be seen, not even while the call is under way. */
  atomic: boolean;
  /** What a watcher of the directory must hear, in this order. */
  events: { kind: EventKind; name(name: string): string }[];
  /** Makes the state before. `path` is the name in the directory under trial. */
  prepare(path: string, name: string, native: () => NativeLibrary): PreparedChange;
}

const LENGTH = 96;
const LONGER = 160;
const SHORTER = 40;
const ATTRIBUTE = "user.seatrial";
export { ATTRIBUTE };

const absent = (): Expected => ({ is: "absent" });
const file =
  (generation: number, lengthBytes: number, more: object = {}) =>
  (name: string): Expected => ({
    is: "file",
    content: contentOf(name, generation, lengthBytes),
    ...more,
  });
const oldFile = file(0, LENGTH);
const same = (name: string) => name;
const origin = (name: string) => `${name}.from`;
const heard = (...kinds: EventKind[]) => kinds.map((kind) => ({ kind, name: same }));
const moved = [
  { kind: "MOVED_FROM" as const, name: origin },
  { kind: "MOVED_TO" as const, name: same },
];

function putOld(path: string, content: string, mode = 0o644): void {
  fs.writeFileSync(path, content, { mode });
  fs.utimesSync(path, OLD_TIME_S, OLD_TIME_S);
}

/** A change of a file's content by one open, write, close. */
function rewriting(
  flags: string,
  newContent: (name: string) => string,
  offset: number | null = 0,
): Operation["prepare"] {
  return (path, name) => {
    putOld(path, contentOf(name, 0, LENGTH));
    const bytes = Buffer.from(newContent(name));
    return {
      act: () => {
        const fd = fs.openSync(path, flags);
        fs.writeSync(fd, bytes, 0, bytes.length, offset);
        fs.closeSync(fd);
      },
    };
  };
}

const appended = (name: string) => contentOf(name, 0, LENGTH) + contentOf(name, 1, LONGER - LENGTH);
const tail = (name: string) => contentOf(name, 1, LONGER - LENGTH);
const changing = { before: oldFile, atomic: false } as const;
const growing = {
  ...changing,
  after: (name: string): Expected => ({ is: "file", content: appended(name), touched: true }),
};

const naming: Partial<Record<OperationId, Operation>> = {
  create: {
    before: absent,
    after: file(0, 0),
    atomic: true,
    events: heard("CREATE"),
    prepare: (path) => ({ act: () => fs.closeSync(fs.openSync(path, "wx")) }),
  },
  "write-new": {
    before: absent,
    after: file(1, LENGTH),
    atomic: false,
    events: heard("CREATE", "MODIFY", "CLOSE_WRITE"),
    prepare: (path, name) => ({ act: () => fs.writeFileSync(path, contentOf(name, 1, LENGTH), { flag: "wx" }) }),
  },
  mkdir: {
    before: absent,
    after: () => ({ is: "directory" }),
    atomic: true,
    events: heard("CREATE"),
    prepare: (path) => ({ act: () => fs.mkdirSync(path) }),
  },
  symlink: {
    before: absent,
    after: (name) => ({ is: "symlink", target: `${name}.target` }),
    atomic: true,
    events: heard("CREATE"),
    prepare: (path, name) => ({ act: () => fs.symlinkSync(`${name}.target`, path) }),
  },
  "hard-link": {
    before: absent,
    after: file(0, LENGTH, { links: 2 }),
    atomic: true,
    events: heard("CREATE"),
    prepare: (path, name) => {
      putOld(origin(path), contentOf(name, 0, LENGTH));
      return { act: () => fs.linkSync(origin(path), path) };
    },
  },
  rename: {
    before: absent,
    after: oldFile,
    vanishes: origin,
    atomic: true,
    events: moved,
    prepare: (path, name) => {
      putOld(origin(path), contentOf(name, 0, LENGTH));
      return { act: () => fs.renameSync(origin(path), path) };
    },
  },
  "rename-over": {
    before: oldFile,
    after: file(1, LONGER),
    vanishes: origin,
    atomic: true,
    events: moved,
    prepare: (path, name) => {
      putOld(path, contentOf(name, 0, LENGTH));
      fs.writeFileSync(origin(path), contentOf(name, 1, LONGER));
      return { act: () => fs.renameSync(origin(path), path) };
    },
  },
  "rename-directory": {
    before: absent,
    after: oldFile,
    lookAt: (name) => `${name}/child`,
    vanishes: origin,
    atomic: true,
    events: moved,
    prepare: (path, name) => {
      fs.mkdirSync(origin(path));
      putOld(`${origin(path)}/child`, contentOf(name, 0, LENGTH));
      return { act: () => fs.renameSync(origin(path), path) };
    },
  },
  unlink: {
    before: oldFile,
    after: absent,
    atomic: true,
    events: heard("DELETE"),
    prepare: (path, name) => {
      putOld(path, contentOf(name, 0, LENGTH));
      return { act: () => fs.unlinkSync(path) };
    },
  },
  recreate: {
    before: oldFile,
    after: file(1, LENGTH, { touched: true }),
    atomic: false,
    events: heard("DELETE", "CREATE", "MODIFY", "CLOSE_WRITE"),
    prepare: (path, name) => {
      putOld(path, contentOf(name, 0, LENGTH));
      return {
        act: () => {
          fs.unlinkSync(path);
          fs.writeFileSync(path, contentOf(name, 1, LENGTH), { flag: "wx" });
        },
      };
    },
  },
  rmdir: {
    before: () => ({ is: "directory" }),
    after: absent,
    atomic: true,
    events: heard("DELETE"),
    prepare: (path) => {
      fs.mkdirSync(path);
      return { act: () => fs.rmdirSync(path) };
    },
  },
};

const writing: Partial<Record<OperationId, Operation>> = {
  "overwrite-same": {
    ...changing,
    after: file(1, LENGTH, { touched: true }),
    events: heard("MODIFY", "CLOSE_WRITE"),
    prepare: rewriting("r+", (name) => contentOf(name, 1, LENGTH)),
  },
  "overwrite-longer": {
    ...changing,
    after: file(1, LONGER, { touched: true }),
    events: heard("MODIFY", "CLOSE_WRITE"),
    prepare: rewriting("r+", (name) => contentOf(name, 1, LONGER)),
  },
  "overwrite-shorter": {
    ...changing,
    after: file(1, SHORTER, { touched: true }),
    events: heard("MODIFY", "CLOSE_WRITE"),
    prepare: rewriting("w", (name) => contentOf(name, 1, SHORTER)),
  },
  append: { ...growing, events: heard("MODIFY", "CLOSE_WRITE"), prepare: rewriting("a", tail, null) },
  "append-held": {
    ...growing,
    events: heard("MODIFY"),
    prepare: (path, name) => {
      putOld(path, contentOf(name, 0, LENGTH));
      const fd = fs.openSync(path, "a");
      return { act: () => void fs.writeSync(fd, tail(name)), close: () => fs.closeSync(fd) };
    },
  },
  truncate: {
    ...changing,
    after: (name) => ({ is: "file", content: contentOf(name, 0, SHORTER), touched: true }),
    events: heard("MODIFY"),
    prepare: (path, name) => {
      putOld(path, contentOf(name, 0, LENGTH));
      return { act: () => fs.truncateSync(path, SHORTER) };
    },
  },
  "mmap-store": {
    ...changing,
    after: file(1, LENGTH),
    events: [],
    prepare: (path, name, native) => {
      putOld(path, contentOf(name, 0, LENGTH));
      const fd = fs.openSync(path, "r+");
      const mapping = native().map(fd, LENGTH, true);
      fs.closeSync(fd);
      return { act: () => mapping.bytes.set(Buffer.from(contentOf(name, 1, LENGTH))), close: () => mapping.unmap() };
    },
  },
};

/** Sub-second, in whole 100 ns: the finest that every network file system carries (MS-FSCC, FILETIME). */
const NEW_MTIME_NS = 1_234_567_890_123_456_700n;

const describing: Partial<Record<OperationId, Operation>> = {
  chmod: {
    before: file(0, LENGTH, { mode: 0o644 }),
    after: file(0, LENGTH, { mode: 0o600 }),
    atomic: true,
    events: heard("ATTRIB"),
    prepare: (path, name) => {
      putOld(path, contentOf(name, 0, LENGTH));
      fs.chmodSync(path, 0o644);
      return { act: () => fs.chmodSync(path, 0o600) };
    },
  },
  "set-mtime": {
    before: file(0, LENGTH, { mtimeNs: BigInt(OLD_TIME_S) * 1_000_000_000n }),
    after: file(0, LENGTH, { mtimeNs: NEW_MTIME_NS }),
    atomic: true,
    events: heard("ATTRIB"),
    prepare: (path, name, native) => {
      putOld(path, contentOf(name, 0, LENGTH));
      const library = native();
      return { act: () => library.setTimesNs(path, NEW_MTIME_NS) };
    },
  },
  xattr: {
    before: file(0, LENGTH, { attribute: "old" }),
    after: file(0, LENGTH, { attribute: "new" }),
    atomic: true,
    events: heard("ATTRIB"),
    prepare: (path, name, native) => {
      putOld(path, contentOf(name, 0, LENGTH));
      const library = native();
      library.setXattr(path, ATTRIBUTE, Buffer.from("old"));
      return { act: () => library.setXattr(path, ATTRIBUTE, Buffer.from("new")) };
    },
  },
};

/** Every operation: the state before, the change, the state after, and what a watcher must hear. */
export const operations = { ...naming, ...writing, ...describing } as Record<OperationId, Operation>;
