import { setTimeout as wait } from "node:timers/promises";
import { PAGE_BYTES } from "../core/disk.ts";
import { Refusal } from "../fuse/errors.ts";
import { OPEN_REPLY } from "../fuse/handshake.ts";
import type { Operations } from "../fuse/operations.ts";
import type { Attributes } from "../fuse/replies.ts";
import type { DiskRequest, LyingDisk } from "./lying-disk.ts";

const ROOT = 1;
const FILE_MODE = 0o100600;
const DIRECTORY_MODE = 0o40700;
/** Nothing here ever changes behind the kernel's back. */
const TTL_MS = 3_600_000;

/** Which file of the directory the disk is now: a new one each time that the power comes back. */
export class PowerPeriod {
  readonly #mark: string;
  #count = 1;

  constructor(mark: string) {
    this.#mark = mark;
  }

  /** Its name as long as this period lasts. */
  get fileName(): string {
    return `${this.#mark}:${this.#count}`;
  }

  /** The file's node. Those of earlier periods stay dead: what is left of an old file system cannot touch the medium. */
  get node(): number {
    return ROOT + this.#count;
  }

  next(): void {
    this.#count++;
  }
}

/** A directory with one file in it, which is the disk. */
export function createDiskDirectory(disk: LyingDisk, period: PowerPeriod): Operations {
  const requireCurrent = (node: number) => {
    if (node !== period.node) throw new Refusal("EIO");
  };
  /** At once when nothing delays it, so that requests stay in order. A disk without power is as slow to say so. */
  const inTime = <T>(node: number, request: DiskRequest, act: () => T): T | Promise<T> => {
    requireCurrent(node);
    const delayMs = disk.delayMs(request);
    if (delayMs === 0) return act();
    return wait(delayMs).then(() => {
      requireCurrent(node);
      return act();
    });
  };
  const attributesOf = (node: number): Attributes => describe(node, node === ROOT ? 0 : disk.sizeBytes);
  return {
    lookup: (_caller, { name }) => {
      if (name !== period.fileName) throw new Refusal("ENOENT");
      const { node } = period;
      return { node, nameTtlMs: 0, attributesTtlMs: TTL_MS, attributes: attributesOf(node) };
    },
    getattr: ({ node }) => ({ ttlMs: TTL_MS, attributes: attributesOf(node) }),
    open: () => ({ handle: 0, flags: OPEN_REPLY.directIo }),
    read: ({ node }, { offset, sizeBytes }) => {
      const lengthBytes = Math.max(0, Math.min(sizeBytes, disk.sizeBytes - offset));
      return inTime(node, { on: "read", offset, lengthBytes }, () => disk.read(offset, lengthBytes));
    },
    write: ({ node }, { offset, data }) => {
      if (offset + data.length > disk.sizeBytes) throw new Refusal("ENOSPC");
      const write = () => {
        disk.write(offset, data);
        return data.length;
      };
      return inTime(node, { on: "write", offset, data }, write);
    },
    fsync: ({ node }) => inTime(node, { on: "flush" }, () => disk.flush()),
    forget: () => undefined,
  };
}

function describe(node: number, sizeBytes: number): Attributes {
  const times = { atimeNs: 0n, mtimeNs: 0n, ctimeNs: 0n };
  const owner = { uid: 0, gid: 0, device: 0, linkCount: 1, blockSizeBytes: PAGE_BYTES };
  const mode = node === ROOT ? DIRECTORY_MODE : FILE_MODE;
  return { ino: BigInt(node), sizeBytes, blocks: Math.ceil(sizeBytes / 512), mode, ...times, ...owner };
}
