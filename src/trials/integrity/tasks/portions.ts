import { BLOCK_BYTES, type Damage, type Region } from "../model.ts";

/** Slots [fromSlot, toSlot) of one region: what a thread reads back as one piece of work. */
export interface Portion {
  region: Region;
  fromSlot: number;
  toSlot: number;
}

/** Blocks of a region, as a damage names them. */
export type BlockStretch = Pick<Damage, "region" | "block" | "blocks">;

/** Large enough to cost nothing, small enough that no thread has much to do when the others are done. */
const PORTION_BYTES = 16 * 2 ** 20;

/** Blocks of each slot. */
export function blocksOfSlot({ slotBytes }: Region): number {
  return slotBytes / BLOCK_BYTES;
}

/** Bytes that the slots of a portion have when all are there. */
export function portionBytes({ region, fromSlot, toSlot }: Portion): number {
  return (toSlot - fromSlot) * region.slotBytes;
}

/** All slots, or those that the stretches touch, in order, each once. */
export function portionsOf(regions: readonly Region[], only?: readonly BlockStretch[]): Portion[] {
  const ranges = only
    ? regions.flatMap((region) => slotsTouched(region, only))
    : regions.map((region) => ({ region, fromSlot: 0, toSlot: region.slots }));
  return ranges.flatMap(cut);
}

function slotsTouched(region: Region, stretches: readonly BlockStretch[]): Portion[] {
  const perSlot = blocksOfSlot(region);
  const touched: Portion[] = [];
  for (const { block, blocks } of stretches
    .filter(({ region: id }) => id === region.id)
    .sort((a, b) => a.block - b.block)) {
    // What is behind the end is seen where the end is.
    const fromSlot = Math.min(Math.floor(block / perSlot), region.slots - 1);
    const toSlot = Math.min(Math.ceil((block + blocks) / perSlot), region.slots);
    const last = touched.at(-1);
    if (last && fromSlot <= last.toSlot) last.toSlot = Math.max(last.toSlot, toSlot);
    else touched.push({ region, fromSlot, toSlot });
  }
  return touched;
}

function cut({ region, fromSlot, toSlot }: Portion): Portion[] {
  const slots = Math.max(1, Math.floor(PORTION_BYTES / region.slotBytes));
  return Array.from({ length: Math.ceil((toSlot - fromSlot) / slots) }, (_, index) => ({
    region,
    fromSlot: fromSlot + index * slots,
    toSlot: Math.min(toSlot, fromSlot + (index + 1) * slots),
  }));
}
