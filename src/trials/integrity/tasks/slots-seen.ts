import { classifyBlock } from "../blocks/classify.ts";
import { classifySlot, type SlotAnswer } from "../blocks/slot.ts";
import type { BlockSubject } from "../blocks/subject.ts";
import { BLOCK_BYTES, type Damage, type DamageKind, type Region } from "../model.ts";
import { type Bounds, isRefused, isUncertain } from "../oracle/bounds.ts";
import { absentGeneration, type PresenceFault } from "../oracle/presence.ts";
import { blocksOfSlot } from "./portions.ts";

/** A slot that might have held more than one generation, and what it held. */
export interface UncertainSlotSeen {
  slot: number;
  /** The newest that is in it; undefined where it is damaged. */
  generation?: number;
  /** All of it is of that generation. */
  isWhole: boolean;
  /** It is the newest that it could be. */
  isNewest: boolean;
}

/** What some slots of one region hold. */
export interface SlotsSeen {
  region: number;
  slots: number;
  readBytes: number;
  /** Blocks of which some generation is promised. */
  promisedBlocks: number;
  tornInFlight: number;
  uncertain: UncertainSlotSeen[];
  /** In the order of blocks. */
  damages: Damage[];
}

/** One slot's bytes as they were read. */
export interface SlotBytes {
  region: Region;
  slot: number;
  bounds: Bounds;
  /** Holds the slot from `at`, and zeros behind the file's end. */
  buffer: Buffer;
  at: number;
  /** How much of the slot is there. */
  thereBytes: number;
  /** Of the whole file, for what is said of a truncated one. */
  fileBytes: number;
  /** By block of `buffer`. */
  unreadable: ReadonlyMap<number, string>;
}

/** Nothing has been looked at yet. */
export function nothingSeen({ id }: Region): SlotsSeen {
  return { region: id, slots: 0, readBytes: 0, promisedBlocks: 0, tornInFlight: 0, uncertain: [], damages: [] };
}

/** Judges a slot by its bytes. */
export function seeBytes(seen: SlotsSeen, subject: BlockSubject, slotBytes: SlotBytes): void {
  const { region, slot, bounds, thereBytes } = slotBytes;
  const blocks = blocksOfSlot(region);
  const isWhole = thereBytes === region.slotBytes || (bounds.zerosRight && region.kind !== "in-place");
  const blocksRead = isWhole ? blocks : Math.floor(thereBytes / BLOCK_BYTES);
  const answer = classify(slotBytes, subject, blocksRead);
  if (blocksRead < blocks) {
    const { fileBytes: sizeBytes } = slotBytes;
    const missing = { block: slot * blocks + blocksRead, blocks: blocks - blocksRead };
    answer.damages.push({ kind: "truncated", region: region.id, ...missing, allowed: allowedOf(bounds), sizeBytes });
  }
  count(seen, region, bounds);
  seen.tornInFlight += answer.tornInFlight;
  for (const damage of answer.damages) seen.damages.push(damage);
  if (isUncertain(bounds)) see(seen, slot, bounds, generationIn(answer, bounds), answer.generation !== undefined);
}

/** The newest that is in a slot; undefined where it is damaged, or where nothing but the beginning of a file is there. */
function generationIn({ generation, newest, damages }: SlotAnswer, { low }: Bounds): number | undefined {
  if (damages.length > 0) return undefined;
  return generation ?? (newest >= low ? newest : undefined);
}

/** Judges a slot whose file is not there. */
export function seeAbsence(seen: SlotsSeen, region: Region, slot: number, bounds: Bounds): void {
  count(seen, region, bounds);
  if (isUncertain(bounds)) see(seen, slot, bounds, absentGeneration(region.kind, bounds), true);
}

/** Takes in a slot of which nothing can be told but what is wrong with all of it. */
export function seeFault(
  seen: SlotsSeen,
  region: Region,
  slot: number,
  bounds: Bounds,
  fault: { kind: PresenceFault | "io-error"; sizeBytes?: number; systemCode?: string },
): void {
  count(seen, region, bounds);
  if (isUncertain(bounds)) see(seen, slot, bounds, undefined, false);
  seen.damages.push(wholeSlot(region, slot, bounds, fault));
}

/** A damage that is a slot's from end to end. */
export function wholeSlot(
  region: Region,
  slot: number,
  bounds: Bounds,
  fault: { kind: DamageKind; sizeBytes?: number; systemCode?: string },
): Damage {
  const blocks = blocksOfSlot(region);
  return { region: region.id, block: slot * blocks, blocks, allowed: allowedOf(bounds), ...fault };
}

function count(seen: SlotsSeen, region: Region, { low }: Bounds): void {
  seen.slots++;
  if (low > 0) seen.promisedBlocks += blocksOfSlot(region);
}

function see(seen: SlotsSeen, slot: number, bounds: Bounds, generation: number | undefined, isWhole: boolean): void {
  let newest = bounds.high;
  while (isRefused(bounds, newest)) newest--;
  const isNewest = isWhole && generation === newest;
  seen.uncertain.push({ slot, isWhole, isNewest, ...(generation !== undefined && { generation }) });
}

function allowedOf({ low, high }: Bounds): Damage["allowed"] {
  return { low, high };
}

function classify(slotBytes: SlotBytes, subject: BlockSubject, blocksRead: number): SlotAnswer {
  const { region, slot, bounds, buffer, at } = slotBytes;
  if (blocksRead === 0 || !isReadable(slotBytes, blocksRead)) return classifyPieces(slotBytes, subject, blocksRead);
  const place = { region: region.id, slot, blocks: blocksOfSlot(region), blocksRead };
  return classifySlot(buffer, at, subject, place, bounds);
}

function isReadable({ at, unreadable }: SlotBytes, blocksRead: number): boolean {
  if (unreadable.size === 0) return true;
  const first = at / BLOCK_BYTES;
  return !Array.from({ length: blocksRead }, (_, i) => first + i).some((block) => unreadable.has(block));
}

/** Block by block, around those that could not be read. */
function classifyPieces(slotBytes: SlotBytes, subject: BlockSubject, blocksRead: number): SlotAnswer {
  const { region, slot, bounds, buffer, at, unreadable } = slotBytes;
  const answer: SlotAnswer = { generation: undefined, newest: 0, tornInFlight: 0, damages: [] };
  for (let i = 0; i < blocksRead; i++) {
    const place = { region: region.id, block: slot * blocksOfSlot(region) + i };
    const code = unreadable.get(at / BLOCK_BYTES + i);
    if (code !== undefined) {
      const damage: Damage = { kind: "io-error", ...place, blocks: 1, allowed: allowedOf(bounds), systemCode: code };
      answer.damages.push(damage);
      continue;
    }
    const block = classifyBlock(buffer, at + i * BLOCK_BYTES, subject, place, bounds);
    if (block.is === "damaged") answer.damages.push(block.damage);
    else if (block.is === "torn-in-flight") answer.tornInFlight++;
  }
  return answer;
}
