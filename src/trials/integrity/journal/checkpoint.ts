import { journalError } from "./errors.ts";
import { SLOT_BYTES, SLOT_SECTORS } from "./layout.ts";
import { type CheckpointBody, checkpointBody } from "./records.ts";
import { decodeSector, encodeFrame, joinSectors, SECTOR_BYTES, type SectorReading, sectorsFor } from "./sector.ts";
import type { JournalStorage } from "./storage.ts";

/** One of the two slots, as it was read. */
export interface Checkpoint {
  /** Counts the checkpoints; its lowest bit says in which slot. */
  number: number;
  body: CheckpointBody;
  /** As they lie in the slot. */
  bytes: Buffer;
}

/** Offset of the slot of checkpoint `number`: they take turns, so that the one that counts is never written to. */
export function slotOffset(number: number): number {
  return (number % 2) * SLOT_BYTES;
}

/** The bytes of a checkpoint. */
export function encodeCheckpoint(number: number, body: CheckpointBody): Buffer {
  const text = Buffer.from(JSON.stringify(body));
  if (sectorsFor(text.length) > SLOT_SECTORS) throw new Error(`a checkpoint of ${text.length} bytes`);
  return encodeFrame({ type: "checkpoint", epoch: body.state.epoch, sequence: number, chain: 0, body: text }).bytes;
}

/**
 * The highest checkpoint that is whole.
 * @throws INTEGRITY_JOURNAL_FOREIGN, INTEGRITY_JOURNAL_VERSION, INTEGRITY_JOURNAL_DAMAGED when neither is
 */
export function newestCheckpoint(storage: JournalStorage): Checkpoint {
  const slots = [0, 1].map((slot) => storage.read(slotOffset(slot), SLOT_BYTES));
  const whole = slots.map(decodeSlot).filter((checkpoint) => checkpoint !== undefined);
  const newest = whole.sort((a, b) => b.number - a.number)[0];
  if (!newest) throw whyNone(storage.name, slots);
  return newest;
}

function decodeSlot(slot: Buffer): Checkpoint | undefined {
  const first = readingAt(slot, 0);
  const parts = first.kind === "sector" ? first.sector.parts : 0;
  const frame = joinSectors(Array.from({ length: Math.min(parts, SLOT_SECTORS) }, (_, i) => readingAt(slot, i)));
  if (frame?.type !== "checkpoint") return undefined;
  const body = checkpointBody.safeParse(parsedJson(frame.body));
  if (!body.success) return undefined;
  return { number: frame.sequence, body: body.data, bytes: frame.bytes };
}

function readingAt(slot: Buffer, part: number): SectorReading {
  return decodeSector(slot.subarray(part * SECTOR_BYTES, (part + 1) * SECTOR_BYTES));
}

/** What JSON says; undefined where it is none. */
export function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
  } catch {
    return undefined;
  }
}

function whyNone(name: string, slots: readonly Buffer[]): Error {
  const readings = slots.map((slot) => readingAt(slot, 0));
  const other = readings.find((reading) => reading.kind === "other-version");
  if (other) return journalError("INTEGRITY_JOURNAL_VERSION", `${name} has version ${other.version} of the format`);
  const isOurs = readings.some((reading) => reading.kind === "sector" || (reading.kind === "damaged" && reading.magic));
  if (isOurs) return journalError("INTEGRITY_JOURNAL_DAMAGED", `both checkpoints of ${name} are damaged`);
  return journalError("INTEGRITY_JOURNAL_FOREIGN", `${name} does not begin as a journal does`);
}
