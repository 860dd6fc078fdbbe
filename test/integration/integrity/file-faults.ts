import { createHash } from "node:crypto";
import type { FioFault } from "../../../src/trials/integrity/fio/faults.ts";

/** Blocks of the file into which faults are put. */
export const BLOCK_BYTES = 4096;
export const BLOCKS = 256;
export const FILE_BYTES = BLOCKS * BLOCK_BYTES;

/** The same file as several writings left it. */
export interface Writings {
  /** Generation 1, 2 and 3 of one writer; 2 is what should be there. */
  old: Buffer;
  now: Buffer;
  next: Buffer;
  /** Generation 2 of another run, and of a writer that had been told to stop. */
  foreign: Buffer;
  zombie: Buffer;
}

const at = (block: number, offset = 0) => block * BLOCK_BYTES + offset;
const HERE = 10;
const THERE = 20;

/** Puts `from`'s bytes [start, end) into the file, at their own place or at another. */
function put(file: Buffer, from: Buffer, start: number, end: number, target = start): Buffer {
  from.copy(file, target, start, end);
  return file;
}

function putBlock(file: Buffer, from: Buffer, block: number, target = block): Buffer {
  return put(file, from, at(block), at(block + 1), at(target));
}

const noise = Buffer.concat(
  Array.from({ length: BLOCK_BYTES / 64 }, (_, index) => createHash("sha512").update(`garbage ${index}`).digest()),
);

/** One way in which storage spoils generation 2 of the file. */
export interface FileFault {
  /** First block that is then not what it should be, and how many; two places for some. */
  bad: readonly [block: number, count: number][];
  /** `undefined`: there is no file. */
  spoil(writings: Writings): Buffer | undefined;
}

const ONE: FileFault["bad"] = [[HERE, 1]];
const TWO: FileFault["bad"] = [
  [HERE, 1],
  [THERE, 1],
];
const ALL: FileFault["bad"] = [[0, BLOCKS]];

export const FILE_FAULTS: Readonly<Record<FioFault, FileFault>> = {
  "bit-flip": {
    bad: ONE,
    spoil: ({ now }) => {
      const file = Buffer.from(now);
      file[at(HERE, 2000)] = (file[at(HERE, 2000)] ?? 0) ^ 1;
      return file;
    },
  },
  torn: { bad: ONE, spoil: ({ old, now }) => put(Buffer.from(now), old, at(HERE, 2048), at(HERE + 1)) },
  "torn-sector": { bad: ONE, spoil: ({ old, now }) => put(Buffer.from(now), old, at(HERE + 1, -512), at(HERE + 1)) },
  "sectors-swapped": {
    bad: ONE,
    // Three apart: a pattern of 12 bytes begins at the same place in both.
    spoil: ({ now }) => {
      const file = put(Buffer.from(now), now, at(HERE, 512), at(HERE, 1024), at(HERE, 2048));
      return put(file, now, at(HERE, 2048), at(HERE, 2560), at(HERE, 512));
    },
  },
  "lost-write": { bad: ONE, spoil: ({ old, now }) => putBlock(Buffer.from(now), old, HERE) },
  "stale-file": { bad: ALL, spoil: ({ old }) => Buffer.from(old) },
  misdirected: {
    bad: TWO,
    spoil: ({ old, now }) => putBlock(putBlock(Buffer.from(now), now, HERE, THERE), old, HERE),
  },
  duplicated: { bad: [[THERE, 1]], spoil: ({ now }) => putBlock(Buffer.from(now), now, HERE, THERE) },
  swapped: {
    bad: TWO,
    spoil: ({ now }) => putBlock(putBlock(Buffer.from(now), now, HERE, THERE), now, THERE, HERE),
  },
  zeroed: { bad: ONE, spoil: ({ now }) => Buffer.from(now).fill(0, at(HERE), at(HERE + 1)) },
  garbage: { bad: ONE, spoil: ({ now }) => put(Buffer.from(now), noise, 0, BLOCK_BYTES, at(HERE)) },
  "header-damaged": { bad: ONE, spoil: ({ now }) => put(Buffer.from(now), noise, 0, 32, at(HERE)) },
  "from-the-future": { bad: ONE, spoil: ({ now, next }) => putBlock(Buffer.from(now), next, HERE) },
  "foreign-run": { bad: ONE, spoil: ({ now, foreign }) => putBlock(Buffer.from(now), foreign, HERE) },
  "zombie-writer": { bad: ONE, spoil: ({ now, zombie }) => putBlock(Buffer.from(now), zombie, HERE) },
  truncated: { bad: [[BLOCKS / 2, BLOCKS / 2]], spoil: ({ now }) => now.subarray(0, FILE_BYTES / 2) },
  extended: { bad: [[BLOCKS, 1]], spoil: ({ now }) => Buffer.concat([now, Buffer.alloc(BLOCK_BYTES)]) },
  missing: { bad: ALL, spoil: () => undefined },
};
