import { createCipheriv, createHash } from "node:crypto";
import { BLOCK_BYTES } from "../model.ts";
import { mix32 } from "./mix.ts";

/** What the payload is: a slice of the tape, or eight bytes over and over. */
export const PAYLOAD = { tape: 0, pattern: 1 } as const;

const TAPE_BYTES = 1 << 20;

/** Which bytes a block is made of, before head and stamps go over them. */
export interface PayloadKey {
  region: number;
  /** Block in its region. */
  block: number;
  generation: number;
}

/** The eight bytes that fill a generation's blocks; undefined for a slice of the tape. */
export type PatternOf = (generation: number) => Uint8Array | undefined;

/** What is common to all blocks of one run. */
export interface BlockSubject {
  /** First 16 hex digits of the run's id. */
  readonly runTag: string;
  /** The tag's bytes in the order of its digits, as two little-endian words. */
  readonly tagWords: readonly [number, number];
  /** Fills one block's worth of `target` from `at`; tells which of `PAYLOAD` it was. */
  fill(target: Buffer, at: number, key: PayloadKey): number;
}

/**
 * Each run has a tape of its own, so that a block of another run has no payload in common with ours. `runId` is 32 hex
 * digits.
 */
export function createBlockSubject(runId: string, patternOf?: PatternOf): BlockSubject {
  if (!/^[0-9a-f]{32}$/.test(runId)) throw new RangeError(`run id ${runId}: want 32 hex digits`);
  const tape = createTape(runId);
  const pages = new Map<string, Buffer>();
  const tag = Buffer.from(runId.slice(0, 16), "hex");
  const fill: BlockSubject["fill"] = (target, at, key) => {
    const pattern = patternOf?.(key.generation);
    if (pattern) {
      patternPage(pages, pattern).copy(target, at);
      return PAYLOAD.pattern;
    }
    const from = tapeOffset(key);
    tape.copy(target, at, from, from + BLOCK_BYTES);
    return PAYLOAD.tape;
  };
  return { runTag: runId.slice(0, 16), tagWords: [tag.readUInt32LE(0), tag.readUInt32LE(4)], fill };
}

function createTape(runId: string): Buffer {
  const key = createHash("sha256").update(`tape ${runId}`).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(TAPE_BYTES + BLOCK_BYTES));
}

/** Neighbours in block and generation start far from each other on the tape. */
function tapeOffset({ region, block, generation }: PayloadKey): number {
  const far = Math.imul(Math.floor(block / 2 ** 32), 0xc2b2ae3d);
  const place = mix32(block ^ Math.imul(region, 0x9e3779b1) ^ far);
  return (mix32(place ^ Math.imul(generation, 0x85ebca6b)) % (TAPE_BYTES / 8)) * 8;
}

function patternPage(pages: Map<string, Buffer>, pattern: Uint8Array): Buffer {
  if (pattern.length !== 8) throw new RangeError(`a pattern of ${pattern.length} bytes: want 8`);
  const name = Buffer.from(pattern).toString("hex");
  const page = pages.get(name) ?? Buffer.alloc(BLOCK_BYTES, pattern);
  pages.set(name, page);
  return page;
}
