import { type BlockHome, BLOCK_BYTES, type Damage, type DamageKind } from "../model.ts";
import { type Bounds, isAllowed, isRefused } from "../oracle/bounds.ts";
import { attribute } from "./attribute.ts";
import { FIELD, type Frame, frameOf, getUint64, type Head, headOf, isHead, payloadCrc } from "./format.ts";
import type { BlockSubject } from "./subject.ts";

/** Where a block was read. */
export interface BlockPlace {
  region: number;
  /** Block in its region. */
  block: number;
}

/** What a block is. Zeros where they are right are generation 0. */
export type BlockAnswer =
  | { is: "right"; generation: number; sequence: number; epoch: number }
  /** Where a write was in flight: pieces of several generations, all of them allowed, or a new file's zeros. */
  | { is: "torn-in-flight"; sectors: string }
  | { is: "damaged"; damage: Damage };

const ZERO_BLOCK = Buffer.alloc(BLOCK_BYTES);

/** Names what was read from `at` of `buffer`, where `place` should be. */
export function classifyBlock(
  buffer: Buffer,
  at: number,
  subject: BlockSubject,
  place: BlockPlace,
  bounds: Bounds,
): BlockAnswer {
  const frame = frameOf(buffer, at, BLOCK_BYTES);
  const generation = rightGeneration(frame, 0, subject, place, bounds);
  if (generation === 0) return { is: "right", generation, sequence: 0, epoch: 0 };
  if (generation > 0) {
    const sequence = getUint64(frame.view, FIELD.sequence);
    return { is: "right", generation, sequence, epoch: frame.view.getUint32(FIELD.epoch, true) };
  }
  return nameDamage(frame, subject, place, bounds);
}

/**
 * The fast path: the generation of a block that is right, 0 for zeros that are, else -1. Everything that is cheap to
 * compare comes before the two checksums.
 */
export function rightGeneration(
  frame: Frame,
  at: number,
  subject: BlockSubject,
  { region, block }: BlockPlace,
  bounds: Bounds,
): number {
  const { bytes, view } = frame;
  const generation = view.getUint32(at + FIELD.generation, true);
  if (
    isAllowed(bounds, generation) &&
    view.getUint32(at + FIELD.region, true) === region &&
    getUint64(view, at + FIELD.block) === block &&
    isOfRun(view, at, subject) &&
    isHead(view, at) &&
    bounds.origin(generation)?.epoch === view.getUint32(at + FIELD.epoch, true) &&
    view.getUint32(at + FIELD.payloadCrc, true) === payloadCrc(bytes, at)
  )
    return generation;
  return bounds.zerosRight && !bounds.beingMade && isZero(bytes, at) ? 0 : -1;
}

function isOfRun(view: DataView, at: number, { tagWords }: BlockSubject): boolean {
  return (
    view.getUint32(at + FIELD.runTag, true) === tagWords[0] &&
    view.getUint32(at + FIELD.runTag + 4, true) === tagWords[1]
  );
}

function isZero(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0 && bytes.compare(ZERO_BLOCK, 0, BLOCK_BYTES, at, at + BLOCK_BYTES) === 0;
}

function nameDamage(frame: Frame, subject: BlockSubject, place: BlockPlace, bounds: Bounds): BlockAnswer {
  const head = headOf(frame.view, 0);
  const found = head && homeOf(head);
  const damaged = (kind: DamageKind, more: Partial<Damage> = {}): BlockAnswer => ({
    is: "damaged",
    damage: {
      kind,
      region: place.region,
      block: place.block,
      blocks: 1,
      allowed: { low: bounds.low, high: bounds.high },
      ...(found && { found }),
      ...more,
    },
  });
  if (head && head.payloadCrc === payloadCrc(frame.bytes, 0)) return damaged(nameOfWhole(head, subject, place, bounds));
  if (isZero(frame.bytes, 0))
    return bounds.zerosRight ? { is: "torn-in-flight", sectors: "Z,Z,Z,Z,Z,Z,Z,Z" } : damaged("zeroed");
  const { kind, sectors, wrongBits } = attribute(frame, subject, place, bounds);
  if (kind === "torn-in-flight") return { is: kind, sectors };
  return damaged(kind, { sectors, ...(wrongBits.length > 0 && { wrongBits }) });
}

function homeOf({ region, block, generation, sequence, epoch }: Head): BlockHome {
  return { region, block, generation, sequence, epoch };
}

/**
 * A block that is whole and yet wrong. Where it is ours and at home, it is an allowed generation by a writer who was
 * not to write it, or one that is not allowed:
 *
 * - refused: once a settlement had found it absent, only a writer whose time was over can have brought it;
 * - not what the lab handed out to that epoch: the same, or a writer beyond all that was handed out;
 * - else it was there in its time, and what took its place is gone.
 *
 * A generation that was in flight at the end of its epoch, in a slot that was never settled, may have been there all
 * along under the one that is lost. Nothing but a settlement can tell, so that it counts as lost-write.
 */
function nameOfWhole(head: Head, subject: BlockSubject, place: BlockPlace, bounds: Bounds): DamageKind {
  if (head.runTag !== subject.runTag) return "foreign-run";
  if (head.region !== place.region || head.block !== place.block) return "misdirected";
  if (isRefused(bounds, head.generation)) return "zombie-writer";
  const origin = bounds.origin(head.generation);
  if (origin ? origin.epoch === head.epoch : head.generation < bounds.low) return "lost-write";
  return head.epoch < bounds.fence ? "zombie-writer" : "from-the-future";
}
