import { BLOCK_BYTES, type Damage } from "../model.ts";
import type { Bounds } from "../oracle/bounds.ts";
import { type BlockPlace, classifyBlock, rightGeneration } from "./classify.ts";
import { frameOf } from "./format.ts";
import type { BlockSubject } from "./subject.ts";

/** Which slot was read, or how much of it there was. */
export interface SlotPlace {
  region: number;
  slot: number;
  /** Blocks of a whole slot. */
  blocks: number;
  /** Blocks that were read, from the first; all of them by default. */
  blocksRead?: number;
}

/** What a slot holds. */
export interface SlotAnswer {
  /** Of all its blocks, when all are right and of the same generation: what the slot can be settled on. */
  generation: number | undefined;
  /** The newest of its blocks that are right. */
  newest: number;
  tornInFlight: number;
  /** One for each block that is wrong. */
  damages: Damage[];
}

/** Names what was read from `at` of `buffer`, block by block: each may hold another of the allowed generations. */
export function classifySlot(
  buffer: Buffer,
  at: number,
  subject: BlockSubject,
  place: SlotPlace,
  bounds: Bounds,
): SlotAnswer {
  const { region, slot, blocks, blocksRead = blocks } = place;
  const frame = frameOf(buffer, at, blocksRead * BLOCK_BYTES);
  const answer: SlotAnswer = { generation: undefined, newest: 0, tornInFlight: 0, damages: [] };
  const here = { region, block: slot * blocks };
  let oldest = Infinity;
  for (let i = 0; i < blocksRead; i++, here.block++) {
    const generation = rightGeneration(frame, i * BLOCK_BYTES, subject, here, bounds);
    if (generation < 0) {
      lookCloser(buffer, at + i * BLOCK_BYTES, subject, here, bounds, answer);
      continue;
    }
    answer.newest = Math.max(answer.newest, generation);
    oldest = Math.min(oldest, generation);
  }
  // Of a slot beyond the file's end nothing is read: that it is missing is not for its blocks to tell.
  if (blocksRead === 0 || answer.damages.length > 0 || answer.tornInFlight > 0) return answer;
  if (oldest === answer.newest) answer.generation = oldest;
  else if (!bounds.inFlight) answer.damages.push(tornSlot(place, bounds));
  return answer;
}

function lookCloser(
  buffer: Buffer,
  at: number,
  subject: BlockSubject,
  place: BlockPlace,
  bounds: Bounds,
  answer: SlotAnswer,
): void {
  const closer = classifyBlock(buffer, at, subject, place, bounds);
  if (closer.is === "torn-in-flight") answer.tornInFlight++;
  else if (closer.is === "damaged") answer.damages.push(closer.damage);
}

/** Whole blocks of several generations, where a slot is always replaced as a whole. */
function tornSlot({ region, slot, blocks, blocksRead = blocks }: SlotPlace, { low, high }: Bounds): Damage {
  return { kind: "torn", region, block: slot * blocks, blocks: blocksRead, allowed: { low, high } };
}
