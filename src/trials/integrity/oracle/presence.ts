import type { Region, RegionKind } from "../model.ts";
import { type Bounds, isAllowed } from "./bounds.ts";
import { firstAbove } from "./cuts.ts";
import type { Oracle } from "./oracle.ts";

/** What can be wrong with a file before its content is looked at. */
export type PresenceFault = "missing" | "resurrected" | "truncated" | "extended";

/** Whether a file of a `files` or `replace` region is there in `generation`. */
export function isPresentIn(kind: RegionKind, generation: number): boolean {
  return kind === "files" ? generation % 2 === 1 : generation > 0;
}

/**
 * Judges one file of a `files` or `replace` region by its size; undefined where there is none. Answers undefined where
 * nothing is wrong, and then the blocks that are there, the last of them perhaps not whole, remain to be classified.
 */
export function judgePresence(
  region: Region,
  bounds: Bounds,
  sizeBytes: number | undefined,
): PresenceFault | undefined {
  if (sizeBytes === undefined) return absentGeneration(region.kind, bounds) === undefined ? "missing" : undefined;
  if (newestWhere(bounds, (generation) => isPresentIn(region.kind, generation)) === undefined) return "resurrected";
  if (sizeBytes > region.slotBytes) return "extended";
  // Where zeros are right the file is being made: it may not have grown yet.
  return sizeBytes < region.slotBytes && !bounds.zerosRight ? "truncated" : undefined;
}

/** The newest allowed generation in which the file is not there: what to settle on when it is absent. */
export function absentGeneration(kind: RegionKind, bounds: Bounds): number | undefined {
  return newestWhere(bounds, (generation) => !isPresentIn(kind, generation));
}

function newestWhere(bounds: Bounds, holds: (generation: number) => boolean): number | undefined {
  for (let generation = bounds.high; generation >= bounds.low; generation--) {
    if (holds(generation) && isAllowed(bounds, generation)) return generation;
  }
  return undefined;
}

/** Which sizes are right for the one file of an `in-place` or `append` region. */
export function allowedSizes(oracle: Oracle, region: Region): { leastBytes: number; mostBytes: number } {
  if (region.kind === "in-place") {
    const sizeBytes = region.slots * region.slotBytes;
    return { leastBytes: sizeBytes, mostBytes: sizeBytes };
  }
  // Slots are appended in order, but a sync that failed may have left a gap in what is promised.
  const appended = firstAbove(region.slots, (slot) => (oracle.bounds(region.id, slot).high === 0 ? 1 : 0), 0);
  let promised = appended;
  while (promised > 0 && oracle.bounds(region.id, promised - 1).low === 0) promised--;
  return { leastBytes: promised * region.slotBytes, mostBytes: appended * region.slotBytes };
}
