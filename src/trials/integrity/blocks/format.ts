import { crc32 } from "node:zlib";
import { BLOCK_BYTES, SECTOR_BYTES } from "../model.ts";
import { headCrc } from "./crc.ts";
import type { BlockSubject } from "./subject.ts";

/*
 * A block of 4096 bytes that tells what it is, little endian:
 *
 *   offset  field
 *        0  u32 magic
 *        4  u16 version, u16 flags (0)
 *        8  8 bytes run tag, in the order of its hex digits
 *       16  u32 region
 *       20  u32 generation
 *       24  u64 block in its region
 *       32  u64 write sequence: step * workers + worker
 *       40  u64 issue time, nanoseconds of the writer's clock
 *       48  u32 writer epoch
 *       52  u32 payload kind
 *       56  u32 crc32 of bytes 64 to 4095
 *       60  u32 crc32 of bytes 0 to 59
 *       64  payload
 *    512 s  s = 1 to 7, over the payload: u32 generation, u16 block * 8 + s, u16 first two bytes of the run tag
 *
 * The payload can be made again from (run, region, block, generation), so that a reader can compare bytes and count wrong
 * bits. The stamps tell the generation of each sector by itself, which is how a torn block shows where it was torn.
 */

/** Where the fields of the head are. */
export const FIELD = {
  magic: 0,
  version: 4,
  runTag: 8,
  region: 16,
  generation: 20,
  block: 24,
  sequence: 32,
  timeNs: 40,
  epoch: 48,
  payloadKind: 52,
  payloadCrc: 56,
  headCrc: 60,
} as const;
/** The head's length; the payload follows. */
export const HEAD_BYTES = 64;
/** Sectors of a block. */
export const SECTORS = BLOCK_BYTES / SECTOR_BYTES;

const MAGIC = 0x42545389;
const VERSION = 1;
const HIGH = 2 ** 32;

/** The eight bytes that every block begins with on disk, as a prefix for a disk's rules and damages. */
export const MAGIC_PREFIX_HEX = "8953544201000000";

/** What one block says of itself. */
export interface BlockIdentity {
  region: number;
  /** Block in its region: slot * blocks of a slot + block in the slot. */
  block: number;
  /** From 1 to 2^32 - 1. */
  generation: number;
  /** Below 2^53. */
  sequence: number;
  epoch: number;
  /** Of the writer's monotonic clock, below 2^53. For people who look at a damage; nothing is judged by it. */
  timeNs: number;
}

/** What all blocks of a slot say of themselves, once they are written by one step. */
export interface SlotIdentity extends Omit<BlockIdentity, "block"> {
  slot: number;
  /** Blocks of a slot. */
  blocks: number;
}

/** The head of a block, whose own checksum is good. */
export interface Head extends BlockIdentity {
  runTag: string;
  payloadKind: number;
  payloadCrc: number;
}

/** The bytes of a transfer, in the two forms in which they are read fast. */
export interface Frame {
  bytes: Buffer;
  /** Over the same bytes; ten times as fast as Buffer's own numbers. */
  view: DataView;
}

/** A frame over `lengthBytes` of `buffer` from `at`. */
export function frameOf(buffer: Buffer, at: number, lengthBytes: number): Frame {
  const bytes = at === 0 && buffer.length === lengthBytes ? buffer : buffer.subarray(at, at + lengthBytes);
  if (bytes.length < lengthBytes) throw new RangeError(`${lengthBytes} bytes from ${at} of ${buffer.length}`);
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, lengthBytes) };
}

/** Writes a whole block into `buffer` from `at`. */
export function stampBlock(buffer: Buffer, at: number, subject: BlockSubject, identity: BlockIdentity): void {
  stampInto(frameOf(buffer, at, BLOCK_BYTES), 0, subject, identity, identity.block);
}

/** Writes all blocks of a slot into `buffer` from `at`. */
export function stampSlot(buffer: Buffer, at: number, subject: BlockSubject, identity: SlotIdentity): void {
  stampFrame(frameOf(buffer, at, identity.blocks * BLOCK_BYTES), subject, identity);
}

/** Writes all blocks of a slot into a frame from its beginning. */
export function stampFrame(frame: Frame, subject: BlockSubject, identity: SlotIdentity): void {
  const first = identity.slot * identity.blocks;
  for (let i = 0; i < identity.blocks; i++) stampInto(frame, i * BLOCK_BYTES, subject, identity, first + i);
}

function stampInto(
  frame: Frame,
  at: number,
  subject: BlockSubject,
  identity: Omit<BlockIdentity, "block">,
  block: number,
): void {
  const { bytes, view } = frame;
  const { region, generation } = identity;
  const kind = subject.fill(bytes, at, { region, block, generation });
  stampSectors(view, at, subject, generation, block);
  view.setUint32(at + FIELD.magic, MAGIC, true);
  view.setUint32(at + FIELD.version, VERSION, true);
  view.setUint32(at + FIELD.runTag, subject.tagWords[0], true);
  view.setUint32(at + FIELD.runTag + 4, subject.tagWords[1], true);
  view.setUint32(at + FIELD.region, region, true);
  view.setUint32(at + FIELD.generation, generation, true);
  setUint64(view, at + FIELD.block, block);
  setUint64(view, at + FIELD.sequence, identity.sequence);
  setUint64(view, at + FIELD.timeNs, identity.timeNs);
  view.setUint32(at + FIELD.epoch, identity.epoch, true);
  view.setUint32(at + FIELD.payloadKind, kind, true);
  view.setUint32(at + FIELD.payloadCrc, payloadCrc(bytes, at), true);
  view.setUint32(at + FIELD.headCrc, headCrc(view, at), true);
}

function stampSectors(view: DataView, at: number, subject: BlockSubject, generation: number, block: number): void {
  for (let sector = 1; sector < SECTORS; sector++) {
    view.setUint32(at + sector * SECTOR_BYTES, generation, true);
    view.setUint32(at + sector * SECTOR_BYTES + 4, stampWord(subject, block, sector), true);
  }
}

/** The second word of a sector's stamp: its place and the run. */
export function stampWord(subject: BlockSubject, block: number, sector: number): number {
  return (((block * 8 + sector) & 0xffff) | (subject.tagWords[0] << 16)) >>> 0;
}

/** The checksum that a block's head should have of its payload. */
export function payloadCrc(bytes: Buffer, at: number): number {
  return crc32(bytes.subarray(at + HEAD_BYTES, at + BLOCK_BYTES));
}

/** The head from `at`, of which 64 bytes are enough; undefined when it is none of ours or its checksum is bad. */
export function readHead(buffer: Buffer, at: number): Head | undefined {
  return headOf(frameOf(buffer, at, HEAD_BYTES).view, 0);
}

/** As `readHead`, from a view. */
export function headOf(view: DataView, at: number): Head | undefined {
  if (!isHead(view, at)) return undefined;
  const tag = Buffer.alloc(8);
  for (let i = 0; i < 8; i++) tag[i] = view.getUint8(at + FIELD.runTag + i);
  return {
    runTag: tag.toString("hex"),
    region: view.getUint32(at + FIELD.region, true),
    generation: view.getUint32(at + FIELD.generation, true),
    block: getUint64(view, at + FIELD.block),
    sequence: getUint64(view, at + FIELD.sequence),
    timeNs: getUint64(view, at + FIELD.timeNs),
    epoch: view.getUint32(at + FIELD.epoch, true),
    payloadKind: view.getUint32(at + FIELD.payloadKind, true),
    payloadCrc: view.getUint32(at + FIELD.payloadCrc, true),
  };
}

/** Whether a head of ours with a good checksum is there. */
export function isHead(view: DataView, at: number): boolean {
  return (
    view.getUint32(at + FIELD.magic, true) === MAGIC &&
    view.getUint32(at + FIELD.version, true) === VERSION &&
    view.getUint32(at + FIELD.headCrc, true) === headCrc(view, at)
  );
}

/** A whole number below 2^53. */
export function getUint64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * HIGH + view.getUint32(at, true);
}

function setUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % HIGH, true);
  view.setUint32(at + 4, Math.floor(value / HIGH), true);
}
