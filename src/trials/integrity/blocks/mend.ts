import type { Candidate } from "./candidates.ts";
import { headCrc } from "./crc.ts";
import { FIELD, type Frame } from "./format.ts";

/** Numbers of the bits, counted from the block's start, in which two blocks differ from byte `from` to byte `to`; gives up above `limit`. */
export function differingBits(a: Buffer, b: Buffer, from: number, to: number, limit: number): number[] {
  const bits: number[] = [];
  for (let at = from; at < to && bits.length <= limit; at++) {
    const wrong = (a[at] as number) ^ (b[at] as number);
    for (let bit = 0; wrong >>> bit !== 0; bit++) if ((wrong >>> bit) & 1) bits.push(at * 8 + bit);
  }
  return bits;
}

/**
 * The wrong bits of a head that should be the candidate's; undefined when it is not the candidate's with a few bits
 * wrong. Most of a head can be made again and compared. In the rest, the time above all, and in the checksum itself, up to
 * two wrong bits are found by trying which ones the checksum agrees with: no other two would, for CRC-32 tells any two
 * heads apart that differ in up to four bits (Koopman, "32-Bit Cyclic Redundancy Codes for Internet Applications", 2002).
 */
export function mendHead({ bytes, view }: Frame, candidate: Candidate, limit: number): number[] | undefined {
  const known = differingBits(bytes, candidate.bytes, 0, FIELD.headCrc, limit);
  if (known.length > limit) return undefined;
  const rest = mendRest(candidate, view.getUint32(FIELD.headCrc, true));
  return rest && [...known, ...rest];
}

/** Each wrong bit changes the checksum in a way of its own, whatever the others are: CRC-32 is linear. */
function mendRest({ bytes, adopted }: Candidate, stored: number): number[] | undefined {
  const trial = new DataView(Uint8Array.from(bytes.subarray(0, FIELD.headCrc)).buffer);
  const wrong = headCrc(trial, 0) ^ stored;
  const ofChecksum = bitsOf(wrong).map((bit) => FIELD.headCrc * 8 + bit);
  if (ofChecksum.length <= 2) return ofChecksum;
  const effects = adopted
    .flatMap((field) => Array.from({ length: 64 }, (_, bit) => field * 8 + bit))
    .map((bit) => ({ bit, change: effectOf(trial, bit) }));
  for (const [i, { bit, change }] of effects.entries()) {
    const left = wrong ^ change;
    const inChecksum = bitsOf(left);
    if (inChecksum.length <= 1) return [bit, ...inChecksum.map((at) => FIELD.headCrc * 8 + at)];
    const other = effects.slice(i + 1).find((second) => second.change === left);
    if (other) return [bit, other.bit];
  }
  return undefined;
}

/** What a wrong bit does to the checksum. */
function effectOf(trial: DataView, bit: number): number {
  const before = headCrc(trial, 0);
  const toggle = (): void => trial.setUint8(bit >>> 3, trial.getUint8(bit >>> 3) ^ (1 << (bit & 7)));
  toggle();
  const after = headCrc(trial, 0);
  toggle();
  return before ^ after;
}

function bitsOf(word: number): number[] {
  const bits: number[] = [];
  for (let rest = word; rest !== 0; rest &= rest - 1) bits.push(31 - Math.clz32(rest & -rest));
  return bits;
}
