import type { Candidate } from "./candidates.ts";
import { headCrc } from "./crc.ts";
import { FIELD, type Frame, isHead } from "./format.ts";

/** Most wrong bits that are looked for in what cannot be made again of a head, and in its checksum. */
const MENDED_BITS = 4;

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
 * wrong. Most of a head can be made again and compared. In the rest, the time above all, up to two wrong bits are found by
 * trying which ones the checksum agrees with: CRC-32 tells any two heads apart that differ in up to four bits
 * (Koopman, "32-Bit Cyclic Redundancy Codes for Internet Applications", 2002).
 */
export function mendHead({ bytes, view }: Frame, candidate: Candidate, limit: number): number[] | undefined {
  const known = differingBits(bytes, candidate.bytes, 0, FIELD.headCrc, limit);
  const stored = view.getUint32(FIELD.headCrc, true);
  const trial = new DataView(Uint8Array.from(candidate.bytes.subarray(0, FIELD.headCrc)).buffer);
  if (headCrc(trial, 0) === stored) return known.length > limit ? undefined : known;
  // A head with a good checksum is another block's, however near its fields are.
  if (known.length > limit || isHead(view, 0)) return undefined;
  const rest = mendRest(trial, candidate.adopted, stored);
  return rest && [...known, ...rest];
}

/** Each wrong bit changes the checksum in a way of its own, whatever the others are: CRC-32 is linear. */
function mendRest(trial: DataView, adopted: readonly number[], stored: number): number[] | undefined {
  const wrong = headCrc(trial, 0) ^ stored;
  const effects = adopted
    .flatMap((field) => Array.from({ length: 64 }, (_, bit) => field * 8 + bit))
    .map((bit) => ({ bit, changes: effectOf(trial, bit) }));
  let best: number[] | undefined;
  const consider = (flipped: readonly number[], left: number): void => {
    const weight = flipped.length + bitsOf(left).length;
    if (weight > MENDED_BITS || weight >= (best?.length ?? Infinity)) return;
    best = [...flipped, ...bitsOf(left).map((bit) => FIELD.headCrc * 8 + bit)];
  };
  consider([], wrong);
  for (const [i, first] of effects.entries()) {
    consider([first.bit], wrong ^ first.changes);
    for (const second of effects.slice(i + 1))
      consider([first.bit, second.bit], wrong ^ first.changes ^ second.changes);
  }
  return best;
}

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
