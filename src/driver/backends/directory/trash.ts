import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { systemCode } from "../../../core/errors.ts";

/** Deeper trees are moved up piece by piece: each level keeps a descriptor open. */
const DEEPEST = 64;

/**
 * Deletes all that lies in a directory, for as long as that takes. Follows no link and crosses no mount, not even a bind
 * mount of the same file system: each directory is held by a descriptor, of which the kernel tells the mount it lies on
 * (proc_pid_fdinfo(5)), and everything in it is named relative to that. Gives how many entries were left.
 */
export function emptyTrash(directory: string): number {
  const trash = new OpenDirectory(directory);
  const walk = { trash, mountId: trash.mountId(), changes: 0 };
  try {
    for (;;) {
      const before = walk.changes;
      for (const name of trash.names()) removeEntry(trash, name, walk, 0);
      const left = trash.names().length;
      // What was moved up is there now, and its turn comes.
      if (left === 0 || walk.changes === before) return left;
    }
  } finally {
    trash.close();
  }
}

interface Walk {
  trash: OpenDirectory;
  mountId: string | undefined;
  /** Entries removed or moved so far. */
  changes: number;
}

/** What cannot be removed is left: the file system may refuse, or several hosts may be at it together. */
function removeEntry(parent: OpenDirectory, name: Buffer, walk: Walk, depth: number): void {
  const at = parent.pathOf(name);
  try {
    if (!fs.lstatSync(at).isDirectory()) fs.unlinkSync(at);
    else if (depth >= DEEPEST)
      fs.renameSync(at, walk.trash.pathOf(Buffer.from(`deep~${randomBytes(8).toString("hex")}`)));
    else {
      removeContent(at, walk, depth);
      fs.rmdirSync(at);
    }
    walk.changes++;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

function removeContent(at: Buffer, walk: Walk, depth: number): void {
  const directory = new OpenDirectory(at);
  try {
    if (directory.mountId() !== walk.mountId) return;
    for (const name of directory.names()) removeEntry(directory, name, walk, depth + 1);
  } finally {
    directory.close();
  }
}

/** A directory that stays the same one whatever becomes of its name. Names are bytes: not all of them are text. */
class OpenDirectory {
  readonly #descriptor: number;

  constructor(directory: string | Buffer) {
    const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
    this.#descriptor = fs.openSync(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  }

  mountId(): string | undefined {
    return /^mnt_id:\s*(\d+)/m.exec(fs.readFileSync(`/proc/self/fdinfo/${this.#descriptor}`, "utf8"))?.[1];
  }

  names(): Buffer[] {
    return fs.readdirSync(`/proc/self/fd/${this.#descriptor}`, { encoding: "buffer" });
  }

  pathOf(name: Buffer): Buffer {
    return Buffer.concat([Buffer.from(`/proc/self/fd/${this.#descriptor}/`), name]);
  }

  close(): void {
    fs.closeSync(this.#descriptor);
  }
}
