import type { JournalState } from "../journal/records.ts";

/** The one file of the loop, as its blocks name it. */
export const LOOP_REGION = 1;

/**
 * The size that the journal is made for, far beyond any data file: what a file grows by is then an ordinary write of
 * stretches that were never written, and one journal does for a file whose configured size changes.
 */
export const MOST_BYTES = 2 ** 43;

/** Where the part of the file ends that must be there. */
export function durableEnd({ durable }: JournalState): number {
  return durable.findLast(({ generation }) => generation > 0)?.to ?? 0;
}

/** Where the part of the file ends that may be there. */
export function writtenEnd(state: JournalState): number {
  return Math.max(durableEnd(state), ...state.open.flatMap(({ extents }) => extents.map(([, to]) => to)));
}
