import { SECTOR_BYTES } from "./sector.ts";

/** Room of one of the two checkpoint slots at the beginning of the file; they share no page. */
export const SLOT_BYTES = 16_384;
/** Sectors of a slot. */
export const SLOT_SECTORS = SLOT_BYTES / SECTOR_BYTES;
/** What a state may take of a slot; the rest is for the words around it. */
export const MAX_STATE_BYTES = 14_336;
/** Where the ring begins, which takes the rest of the file. */
export const RING_OFFSET = 2 * SLOT_BYTES;
/** The least that a journal can work with: the longest frame must fit into the ring. */
export const MIN_JOURNAL_BYTES = RING_OFFSET + 4 * SECTOR_BYTES;
/** About a thousand writes between two checkpoints. */
export const DEFAULT_JOURNAL_BYTES = 1 << 20;

/** How many sectors the ring of a journal of that size has. */
export function ringSectorsOf(journalBytes: number): number {
  return (journalBytes - RING_OFFSET) / SECTOR_BYTES;
}

/** Cuts `count` sectors from number `sequence` on into the runs, two at most, that they take in the ring. */
export function ringRuns(
  sequence: number,
  count: number,
  ringSectors: number,
): { offset: number; first: number; count: number }[] {
  if (count === 0) return [];
  const start = sequence % ringSectors;
  const fits = Math.min(count, ringSectors - start);
  const runs = [{ offset: RING_OFFSET + start * SECTOR_BYTES, first: 0, count: fits }];
  return fits < count ? [...runs, { offset: RING_OFFSET, first: fits, count: count - fits }] : runs;
}
