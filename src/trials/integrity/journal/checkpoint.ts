import { journalError } from "./errors.ts";
import { SLOT_BYTES, SLOT_SECTORS } from "./layout.ts";
import { type CheckpointBody, checkpointBody } from "./records.ts";
import {
  beginsAsJournal,
  decodeSector,
  encodeFrame,
  joinSectors,
  SECTOR_BYTES,
  type SectorReading,
  sectorsFor,
  type WholeFrame,
} from "./sector.ts";
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
  const frames = [0, 1].map((slot) => frameIn(storage, slot)).filter((frame) => frame !== undefined);
  for (const { type, body, sequence, bytes } of frames.sort((a, b) => b.sequence - a.sequence)) {
    const parsed = checkpointBody.safeParse(parsedJson(body));
    if (type === "checkpoint" && parsed.success) return { number: sequence, body: parsed.data, bytes };
  }
  throw whyNone(storage);
}

function frameIn(storage: JournalStorage, slot: number): WholeFrame | undefined {
  const first = readSectors(storage, slot, 1)[0];
  const parts = first?.kind === "sector" ? first.sector.parts : 0;
  return parts > SLOT_SECTORS ? undefined : joinSectors(readSectors(storage, slot, parts));
}

function readSectors(storage: JournalStorage, slot: number, count: number): SectorReading[] {
  const bytes = storage.read(slotOffset(slot), count * SECTOR_BYTES);
  return Array.from({ length: count }, (_, i) =>
    decodeSector(bytes.subarray(i * SECTOR_BYTES, (i + 1) * SECTOR_BYTES)),
  );
}

/** What JSON says; undefined where it is none. */
export function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
  } catch {
    return undefined;
  }
}

function whyNone(storage: JournalStorage): Error {
  const { name } = storage;
  const readings = [0, 1].flatMap((slot) => readSectors(storage, slot, 1));
  const other = readings.find((reading) => reading.kind === "other-version");
  if (other) return journalError("INTEGRITY_JOURNAL_VERSION", `${name} has version ${other.version} of the format`);
  if (hasOurSectors(storage))
    return journalError("INTEGRITY_JOURNAL_DAMAGED", `both checkpoints of ${name} are damaged`);
  return journalError("INTEGRITY_JOURNAL_FOREIGN", `${name} does not begin as a journal does`);
}

function hasOurSectors(storage: JournalStorage): boolean {
  const bytes = storage.read(0, storage.sizeBytes);
  for (let at = 0; at < bytes.length; at += SECTOR_BYTES) if (beginsAsJournal(bytes.subarray(at))) return true;
  return false;
}
