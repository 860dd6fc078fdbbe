import fs from "node:fs";
import { systemCode } from "../../../../core/errors.ts";
import { Refusal } from "../../../../fuse/errors.ts";
import type { Attributes } from "../../../../fuse/replies.ts";

const O_PATH = 0o10000000;
const { O_DIRECTORY, O_NOFOLLOW } = fs.constants;

/** The kernel's number for the top of a FUSE file system. */
export const ROOT_NODE = 1;

/** A file of the source that the kernel knows. Held open with O_PATH, it stays the same file through renames. */
export interface ShareNode {
  id: number;
  descriptor: number;
  inode: string;
  /** How many references the kernel holds. */
  lookups: number;
  /** Where it was last found: /proc/self/fd cannot stand for a symbolic link's text or for the source of link(2). */
  lastPath: string;
}

/** The files that the kernel holds references to, by number and by inode. */
export class NodeTable {
  readonly #nodes = new Map<number, ShareNode>();
  readonly #byInode = new Map<string, ShareNode>();
  #nextId = ROOT_NODE;

  constructor(source: string) {
    const descriptor = fs.openSync(source, O_PATH | O_DIRECTORY);
    this.#remember(descriptor, inodeOf(fs.fstatSync(descriptor, { bigint: true })), source);
  }

  get(id: number): ShareNode {
    const node = this.#nodes.get(id);
    if (!node) throw new Refusal("ESTALE");
    return node;
  }

  /** A path that leads to the file whatever its name is now. */
  path(id: number): string {
    return `/proc/self/fd/${this.get(id).descriptor}`;
  }

  child(parent: number, name: string): string {
    return `${this.path(parent)}/${name}`;
  }

  /** The file of that name, or undefined when there is none. The caller counts the reference that it hands out. */
  find(parent: number, name: string): ShareNode | undefined {
    const path = this.child(parent, name);
    const found = statIfThere(path);
    const node = found && (this.#byInode.get(inodeOf(found)) ?? this.#open(path));
    if (node) node.lastPath = path;
    return node;
  }

  /** Takes note of where a file is now, if it is one that is known. */
  relocate(parent: number, name: string): void {
    const path = this.child(parent, name);
    const found = statIfThere(path);
    const node = found && this.#byInode.get(inodeOf(found));
    if (node) node.lastPath = path;
  }

  /** Drops references of the kernel; the file is let go with the last one unless `keep`. */
  forget(id: number, lookups: number, keep: boolean): void {
    const node = this.#nodes.get(id);
    if (!node) return;
    node.lookups -= lookups;
    if (keep || id === ROOT_NODE || node.lookups > 0) return;
    this.#nodes.delete(id);
    this.#byInode.delete(node.inode);
    fs.closeSync(node.descriptor);
  }

  /** The name may have changed hands between stat and open: what was opened counts. */
  #open(path: string): ShareNode | undefined {
    const descriptor = unlessMissing(() => fs.openSync(path, O_PATH | O_NOFOLLOW));
    if (descriptor === undefined) return undefined;
    const inode = inodeOf(fs.fstatSync(descriptor, { bigint: true }));
    const known = this.#byInode.get(inode);
    if (!known) return this.#remember(descriptor, inode, path);
    fs.closeSync(descriptor);
    return known;
  }

  #remember(descriptor: number, inode: string, lastPath: string): ShareNode {
    const node: ShareNode = { id: this.#nextId++, descriptor, inode, lookups: 0, lastPath };
    this.#nodes.set(node.id, node);
    this.#byInode.set(inode, node);
    return node;
  }
}

/** What stat(2) says now of a file that may have lost its name. */
export function attributesOf(node: ShareNode): Attributes {
  const stat = fs.fstatSync(node.descriptor, { bigint: true });
  return {
    ino: stat.ino,
    sizeBytes: Number(stat.size),
    blocks: Number(stat.blocks),
    atimeNs: stat.atimeNs,
    mtimeNs: stat.mtimeNs,
    ctimeNs: stat.ctimeNs,
    mode: Number(stat.mode),
    linkCount: Number(stat.nlink),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    device: Number(stat.rdev),
    blockSizeBytes: Number(stat.blksize),
  };
}

function inodeOf(stat: fs.BigIntStats): string {
  return `${stat.dev}:${stat.ino}`;
}

function statIfThere(path: string): fs.BigIntStats | undefined {
  return fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

function unlessMissing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
