import fc from "fast-check";
import { expect, test } from "vitest";
import type { Region } from "../model.ts";
import { type Portion, portionBytes, portionsOf } from "./portions.ts";

const REGIONS: Region[] = [
  { id: 1, kind: "in-place", slots: 10_000, slotBytes: 4096 },
  { id: 2, kind: "append", slots: 9, slotBytes: 4 * 2 ** 20 },
  { id: 3, kind: "files", slots: 7, slotBytes: 12_288 },
];

function slotsOf(portions: readonly Portion[], id: number): number[] {
  return portions
    .filter(({ region }) => region.id === id)
    .flatMap(({ fromSlot, toSlot }) => Array.from({ length: toSlot - fromSlot }, (_, i) => fromSlot + i));
}

test("all slots are in portions, each once, in order, and none is large", () => {
  const portions = portionsOf(REGIONS);
  for (const { id, slots } of REGIONS)
    expect(slotsOf(portions, id)).toEqual(Array.from({ length: slots }, (_, slot) => slot));
  expect(Math.max(...portions.map(portionBytes))).toBeLessThanOrEqual(16 * 2 ** 20);
});

test("stretches of blocks become just the slots that they touch", () => {
  const stretch = fc.record({ block: fc.nat(20), blocks: fc.integer({ min: 1, max: 9 }) });
  fc.assert(
    fc.property(fc.array(stretch), (stretches) => {
      const touched = stretches.flatMap(({ block, blocks }) =>
        Array.from({ length: blocks }, (_, i) => Math.min(6, Math.floor((block + i) / 3))),
      );
      const portions = portionsOf(
        REGIONS,
        stretches.map((one) => ({ region: 3, ...one })),
      );
      expect(slotsOf(portions, 3)).toEqual([...new Set(touched)].sort((a, b) => a - b));
      expect(portions.every(({ region }) => region.id === 3)).toBe(true);
    }),
  );
});
