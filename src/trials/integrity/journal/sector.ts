import { crc32 } from "node:zlib";

/*
 * A journal is a file of 512-byte sectors that never changes its size, name or place: two checkpoint slots, then a ring of
 * frames. A frame is one sector or more. Each sector, little endian:
 *
 *   offset  field
 *        0  4 bytes magic
 *        4  u16 version
 *        6  u8 type of the frame, then a byte 0
 *        8  u64 epoch
 *       16  u64 sequence: number of the frame's first sector since the journal was made
 *       24  u8 part, u8 parts, u16 bytes of body in this sector
 *       28  u32 chain: crc32 of the sector before
 *       32  body, JSON
 *      508  u32 crc32 of bytes 0 to 507
 *
 * The sector's place in the ring is (sequence + part) modulo the ring's length, so a frame of the last lap is known by its
 * number. Every sector can be judged alone: blank, whole, or damaged. A crash leaves only the first two.
 */

/** What a disk writes as a whole, or not. A frame is made of these, each of which can be judged alone. */
export const SECTOR_BYTES = 512;
/** Version of the format that is written; others are refused. */
export const FORMAT_VERSION = 1;
/** Bytes of a frame's body that one sector holds. */
export const SECTOR_BODY_BYTES = 476;

/** "STJL" */
const MAGIC = 0x4c4a5453;
const BODY_OFFSET = 32;
const CRC_OFFSET = SECTOR_BYTES - 4;

/** What a frame can be; the number on disk is the place in this list, counting from 1. */
export const FRAME_TYPES = ["checkpoint", "open", "intent", "synced", "error", "verified", "close"] as const;
/** One of `FRAME_TYPES`. */
export type FrameType = (typeof FRAME_TYPES)[number];

/** A frame before it is cut into sectors. */
export interface Frame {
  type: FrameType;
  /** Fencing epoch of the writer. */
  epoch: number;
  /** Number of the frame's first sector since the journal was made; checkpoints have a count of their own. */
  sequence: number;
  /** CRC of the sector before the first. */
  chain: number;
  body: Uint8Array;
}

/** One sector of a frame, its CRC found right. */
export interface Sector extends Frame {
  /** Which of the frame's `parts` sectors this is, from 0. */
  part: number;
  parts: number;
  /** This sector's own: the chain of the next. */
  crc: number;
  /** All 512. */
  bytes: Buffer;
}

/** A frame whose sectors were all found. */
export interface WholeFrame extends Frame {
  /** Of the last sector: the chain of the frame that follows. */
  crc: number;
  /** Its sectors as they were found. */
  bytes: Buffer;
}

/**
 * What 512 bytes turn out to be. A sector is atomic, so one that is neither blank nor whole was not torn by a crash:
 * it was damaged. Magic, version and the place of the CRC are the same in every version of the format.
 */
export type SectorReading =
  | { kind: "sector"; sector: Sector }
  | { kind: "blank" }
  | { kind: "other-version"; version: number }
  | { kind: "damaged" };

/** How many sectors a body of that length takes. */
export function sectorsFor(bodyBytes: number): number {
  return Math.max(1, Math.ceil(bodyBytes / SECTOR_BODY_BYTES));
}

/** The frame's sectors one after another, and the CRC of the last: the chain of the frame that follows. */
export function encodeFrame(frame: Frame): { bytes: Buffer; crc: number } {
  const parts = sectorsFor(frame.body.length);
  const bytes = Buffer.alloc(parts * SECTOR_BYTES);
  let chain = frame.chain;
  for (let part = 0; part < parts; part++) {
    const body = frame.body.subarray(part * SECTOR_BODY_BYTES, (part + 1) * SECTOR_BODY_BYTES);
    const sector = bytes.subarray(part * SECTOR_BYTES, (part + 1) * SECTOR_BYTES);
    chain = encodeSector(sector, { ...frame, body, chain, part, parts });
  }
  return { bytes, crc: chain };
}

function encodeSector(bytes: Buffer, sector: Omit<Sector, "crc" | "bytes">): number {
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt16LE(FORMAT_VERSION, 4);
  bytes.writeUInt8(FRAME_TYPES.indexOf(sector.type) + 1, 6);
  bytes.writeBigUInt64LE(BigInt(sector.epoch), 8);
  bytes.writeBigUInt64LE(BigInt(sector.sequence), 16);
  bytes.writeUInt8(sector.part, 24);
  bytes.writeUInt8(sector.parts, 25);
  bytes.writeUInt16LE(sector.body.length, 26);
  bytes.writeUInt32LE(sector.chain, 28);
  bytes.set(sector.body, BODY_OFFSET);
  const crc = crc32(bytes.subarray(0, CRC_OFFSET));
  bytes.writeUInt32LE(crc, CRC_OFFSET);
  return crc;
}

/** True for the first bytes of any sector of a journal, of any version. */
export function beginsAsJournal(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32LE(0) === MAGIC;
}

/** Judges 512 bytes by themselves. */
export function decodeSector(bytes: Buffer): SectorReading {
  const crc = bytes.readUInt32LE(CRC_OFFSET);
  if (crc === 0 && bytes.every((byte) => byte === 0)) return { kind: "blank" };
  if (!beginsAsJournal(bytes) || crc !== crc32(bytes.subarray(0, CRC_OFFSET))) return { kind: "damaged" };
  const version = bytes.readUInt16LE(4);
  if (version !== FORMAT_VERSION) return { kind: "other-version", version };
  const type = FRAME_TYPES[bytes.readUInt8(6) - 1];
  const lengthBytes = bytes.readUInt16LE(26);
  if (!type || lengthBytes > SECTOR_BODY_BYTES) return { kind: "damaged" };
  const sector: Sector = {
    type,
    epoch: Number(bytes.readBigUInt64LE(8)),
    sequence: Number(bytes.readBigUInt64LE(16)),
    part: bytes.readUInt8(24),
    parts: bytes.readUInt8(25),
    chain: bytes.readUInt32LE(28),
    body: bytes.subarray(BODY_OFFSET, BODY_OFFSET + lengthBytes),
    crc,
    bytes,
  };
  return { kind: "sector", sector };
}

/**
 * Puts a frame together from what lies at its places; undefined unless every part is there and follows the one before.
 * How many places those are the first part says; its own chain is the caller's to judge.
 */
export function joinSectors(readings: readonly (SectorReading | undefined)[]): WholeFrame | undefined {
  const parts: Sector[] = [];
  for (const reading of readings) {
    if (reading?.kind !== "sector" || reading.sector.part !== parts.length) return undefined;
    const before = parts.at(-1);
    if (before && reading.sector.chain !== before.crc) return undefined;
    parts.push(reading.sector);
  }
  const [first] = parts;
  if (!first) return undefined;
  const { type, epoch, sequence, chain } = first;
  const body = Buffer.concat(parts.map((sector) => sector.body));
  const bytes = Buffer.concat(parts.map((sector) => sector.bytes));
  return { type, epoch, sequence, chain, body, crc: parts.at(-1)?.crc ?? first.crc, bytes };
}
