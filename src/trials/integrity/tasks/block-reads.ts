import fs from "node:fs";
import { systemCode } from "../../../core/errors.ts";
import { BLOCK_BYTES } from "../model.ts";
import type { LatencyClasses } from "./latency-classes.ts";

/** Where to read from, and into. */
export interface BlockRead {
  descriptor: number;
  /** Filled from its beginning; aligned, and a whole number of blocks, where the descriptor is direct. */
  buffer: Buffer;
  /** In the file, bytes. */
  position: number;
}

/** What has come of a read. */
export interface BlocksRead {
  /** Bytes up to the file's end, or all; behind them the buffer holds zeros. */
  sizeBytes: number;
  /** Blocks of the buffer that could not be read, and what the system said. */
  unreadable: ReadonlyMap<number, string>;
}

const ALL_READABLE: BlocksRead["unreadable"] = new Map();

/** Reads a buffer full. Where the system refuses it as a whole, block by block, to find out which ones it has lost. */
export function readBlocks(read: BlockRead, readNs: LatencyClasses): BlocksRead {
  try {
    const sizeBytes = readFully(read, readNs);
    read.buffer.fill(0, sizeBytes);
    return { sizeBytes, unreadable: ALL_READABLE };
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return readPieces(read, readNs);
  }
}

function readPieces({ descriptor, buffer, position }: BlockRead, readNs: LatencyClasses): BlocksRead {
  const unreadable = new Map<number, string>();
  let sizeBytes = 0;
  for (let at = 0; at < buffer.length; at += BLOCK_BYTES) {
    const piece = buffer.subarray(at, at + BLOCK_BYTES);
    piece.fill(0);
    try {
      const got = readFully({ descriptor, buffer: piece, position: position + at }, readNs);
      if (got > 0) sizeBytes = at + got;
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined) throw error;
      unreadable.set(at / BLOCK_BYTES, code);
      sizeBytes = at + BLOCK_BYTES;
    }
  }
  return { sizeBytes, unreadable };
}

function readFully({ descriptor, buffer, position }: BlockRead, readNs: LatencyClasses): number {
  let done = 0;
  while (done < buffer.length) {
    const got = readNs.time(() => fs.readSync(descriptor, buffer, done, buffer.length - done, position + done));
    done += got;
    // A transfer that ends within a block has met the file's end; past the page cache one cannot go on from there.
    if (got === 0 || done % BLOCK_BYTES !== 0) break;
  }
  return done;
}
