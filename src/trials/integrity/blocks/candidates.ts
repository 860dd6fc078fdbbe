import { BLOCK_BYTES, SECTOR_BYTES } from "../model.ts";
import type { Bounds } from "../oracle/bounds.ts";
import { FIELD, type Frame, SECTORS, stampBlock, stampWord } from "./format.ts";
import type { BlockSubject, PayloadKey } from "./subject.ts";

/** Generations beside the allowed ones that are tried even where no stamp speaks of them. */
const TRIED_BELOW = 2;
const TRIED_FROM_TOP = 8;

/** A block as one generation left it; generation 0 is zeros. */
export interface Candidate {
  generation: number;
  bytes: Buffer;
  /** Fields of the head that cannot be made again, eight bytes each; they were taken from the block that was found. */
  adopted: readonly number[];
}

/** Every generation that a damaged block may hold a piece of: what its head and its stamps say, and what would be right. */
export function candidatesFor(
  frame: Frame,
  subject: BlockSubject,
  place: Omit<PayloadKey, "generation">,
  bounds: Bounds,
): Candidate[] {
  const made = generationsIn(frame, subject, place.block, bounds).map((generation) =>
    makeCandidate(frame, subject, { ...place, generation }, bounds),
  );
  const zeros = Buffer.alloc(BLOCK_BYTES);
  return [...made, { generation: 0, bytes: zeros, adopted: [] }];
}

function generationsIn({ view }: Frame, subject: BlockSubject, block: number, { low, high }: Bounds): number[] {
  const found = new Set([view.getUint32(FIELD.generation, true)]);
  for (let sector = 1; sector < SECTORS; sector++) {
    const at = sector * SECTOR_BYTES;
    if (view.getUint32(at + 4, true) === stampWord(subject, block, sector)) found.add(view.getUint32(at, true));
  }
  for (let generation = low - TRIED_BELOW; generation <= Math.min(low + 1, high); generation++) found.add(generation);
  for (let generation = Math.max(low, high - TRIED_FROM_TOP); generation <= high; generation++) found.add(generation);
  return [...found].filter((generation) => generation > 0);
}

function makeCandidate({ bytes, view }: Frame, subject: BlockSubject, key: PayloadKey, bounds: Bounds): Candidate {
  const made = Buffer.alloc(BLOCK_BYTES);
  const origin = bounds.origin(key.generation);
  const epoch = origin?.epoch ?? view.getUint32(FIELD.epoch, true);
  stampBlock(made, 0, subject, { ...key, epoch, sequence: origin?.sequence ?? 0, timeNs: 0 });
  const adopted = origin?.sequence === undefined ? [FIELD.timeNs, FIELD.sequence] : [FIELD.timeNs];
  for (const field of adopted) bytes.copy(made, field, field, field + 8);
  return { generation: key.generation, bytes: made, adopted };
}
