import { crc32 } from "node:zlib";
import type { FlushOutcome } from "./lying-disk.ts";

// A log is a header and frames, one behind another; all numbers are little endian.
//   header  "STDISK" u16 version  u64 size of the disk  u64 the log's zero on CLOCK_MONOTONIC, ns  u32 0  u32 crc32
//   frame   u32 kind  u32 length of the data  u64 offset  u64 time, ns  u32 crc32 of the data  u32 crc32 of the 28 bytes before
//           followed by the data

const MAGIC = "STDISK";
const VERSION = 1;
export const HEADER_BYTES = 32;
export const FRAME_BYTES = 32;
const SUMMED_BYTES = 28;

/** Numbers of frames as they are stored: never to be changed, only to be added to. */
const KINDS = ["write", "damage", "flush done", "flush lied", "flush refused", "cut", "power-on"] as const;
type StoredKind = (typeof KINDS)[number];

/** One thing that happened to a disk. `index` counts them from 0; times are nanoseconds from the log's zero. */
export type LogEntry = { index: number; timeNs: number } & LogEvent;

/** Writes go to the cache, damages straight to the medium. `bytes` arrived at `offset`. */
export type LogEvent =
  | { kind: "write" | "damage"; offset: number; bytes: Buffer }
  | { kind: "flush"; outcome: FlushOutcome }
  | { kind: "cut" | "power-on" };

/** What a log says of its disk. */
export interface LogHeader {
  sizeBytes: number;
  /** The log's zero on CLOCK_MONOTONIC. */
  originNs: bigint;
}

/** The 32 bytes that a log begins with. */
export function packHeader({ sizeBytes, originNs }: LogHeader): Buffer {
  const out = Buffer.alloc(HEADER_BYTES);
  out.write(MAGIC, 0, "latin1");
  out.writeUInt16LE(VERSION, MAGIC.length);
  out.writeBigUInt64LE(BigInt(sizeBytes), 8);
  out.writeBigUInt64LE(originNs, 16);
  return sealed(out);
}

/** Gives the header, or says what is wrong with it. */
export function parseHeader(bytes: Buffer): LogHeader | string {
  if (bytes.length < HEADER_BYTES || bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) return "it is no disk's log";
  const version = bytes.readUInt16LE(MAGIC.length);
  if (version !== VERSION) return `it has version ${version}, and this program reads ${VERSION}`;
  if (!isWhole(bytes)) return "its header is damaged";
  return { sizeBytes: Number(bytes.readBigUInt64LE(8)), originNs: bytes.readBigUInt64LE(16) };
}

/** The 32 bytes before an event's data. */
export function packFrame(event: LogEvent, timeNs: number): Buffer {
  const out = Buffer.allocUnsafe(FRAME_BYTES);
  const data = "bytes" in event ? event : { offset: 0, bytes: Buffer.alloc(0) };
  out.writeUInt32LE(KINDS.indexOf(storedKind(event)) + 1, 0);
  out.writeUInt32LE(data.bytes.length, 4);
  out.writeBigUInt64LE(BigInt(data.offset), 8);
  out.writeBigInt64LE(BigInt(timeNs), 16);
  out.writeUInt32LE(crc32(data.bytes), 24);
  return sealed(out);
}

/** How many bytes of data follow a frame; undefined when it is damaged. */
export function dataBytesOf(frame: Buffer): number | undefined {
  return isWhole(frame) ? frame.readUInt32LE(4) : undefined;
}

/** The event of a whole frame and its data; undefined when the data is damaged or the kind is none of ours. */
export function parseFrame(frame: Buffer, bytes: Buffer): (LogEvent & { timeNs: number }) | undefined {
  const kind = KINDS[frame.readUInt32LE(0) - 1];
  if (kind === undefined || crc32(bytes) !== frame.readUInt32LE(24)) return undefined;
  const timeNs = Number(frame.readBigInt64LE(16));
  if (kind === "write" || kind === "damage") {
    return { kind, timeNs, offset: Number(frame.readBigUInt64LE(8)), bytes };
  }
  if (kind === "cut" || kind === "power-on") return { kind, timeNs };
  return { kind: "flush", timeNs, outcome: kind.slice("flush ".length) as FlushOutcome };
}

function storedKind(event: LogEvent): StoredKind {
  return event.kind === "flush" ? `flush ${event.outcome}` : event.kind;
}

function sealed(block: Buffer): Buffer {
  block.writeUInt32LE(crc32(block.subarray(0, SUMMED_BYTES)), SUMMED_BYTES);
  return block;
}

function isWhole(block: Buffer): boolean {
  return crc32(block.subarray(0, SUMMED_BYTES)) === block.readUInt32LE(SUMMED_BYTES);
}
