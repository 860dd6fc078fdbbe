import path from "node:path";
import type { Region, RegionKind } from "../model.ts";

/** Where the regions of a workload lie. */
export interface RegionPlace {
  directory: string;
  region: Region;
}

const NAME_SUFFIX: Readonly<Record<RegionKind, string>> = {
  "in-place": ".data",
  append: ".log",
  files: "",
  replace: "",
};
const SLOT_DIGITS = 6;
const NEW_SUFFIX = ".new";

/** Whether each slot of the region is a file of its own; all slots of the others share one. */
export function isDirectory({ kind }: Region): boolean {
  return kind === "files" || kind === "replace";
}

/** The region's file, or its directory: `region-2.log`, `region-3`. */
export function regionPath({ directory, region }: RegionPlace): string {
  return path.join(directory, `region-${region.id}${NAME_SUFFIX[region.kind]}`);
}

/** The file of one slot of a directory: `slot-000123`. */
export function slotPath(place: RegionPlace, slot: number): string {
  return path.join(regionPath(place), slotName(slot));
}

/** Where a slot's new content is written, to be renamed over the old. A crash may leave it behind: it means nothing. */
export function newSlotPath(place: RegionPlace, slot: number): string {
  return slotPath(place, slot) + NEW_SUFFIX;
}

function slotName(slot: number): string {
  return `slot-${String(slot).padStart(SLOT_DIGITS, "0")}`;
}
