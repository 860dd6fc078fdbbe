import { BLOCK_BYTES, type DamageKind, SECTOR_BYTES } from "../model.ts";

const FLIP_LIMIT_BITS = 32;
const ZERO_SECTOR = Buffer.alloc(SECTOR_BYTES);

/** A block filled with a pattern, which begins anew with each block. */
export function filledBlock(pattern: Buffer): Buffer {
  return Buffer.alloc(BLOCK_BYTES, pattern);
}

/** What is wrong with a block whose sectors may each hold one of `allowed`, as far as repeated patterns can show it. */
export function classifyPatternBlock(block: Buffer, allowed: readonly Buffer[]): DamageKind | "right" {
  if (allowed.some((right) => right.equals(block))) return "right";
  const wrong = sectorsOf(block).filter(
    ({ sector, at }) => !allowed.some((right) => right.subarray(at, at + SECTOR_BYTES).equals(sector)),
  );
  if (wrong.length === 0) return "right";
  if (wrong.every(({ sector }) => sector.equals(ZERO_SECTOR))) return "zeroed";
  const bits = Math.min(...allowed.map((right) => wrongBits(block, right)));
  return bits <= FLIP_LIMIT_BITS ? "bit-flip" : "garbage";
}

function sectorsOf(block: Buffer): { sector: Buffer; at: number }[] {
  return Array.from({ length: block.length / SECTOR_BYTES }, (_, i) => {
    const at = i * SECTOR_BYTES;
    return { sector: block.subarray(at, at + SECTOR_BYTES), at };
  });
}

function wrongBits(block: Buffer, right: Buffer): number {
  let bits = 0;
  for (let i = 0; i < block.length && bits <= FLIP_LIMIT_BITS; i++)
    for (let rest = (block[i] ?? 0) ^ (right[i] ?? 0); rest > 0; rest &= rest - 1) bits++;
  return bits;
}
