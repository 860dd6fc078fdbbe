import { type Checkpoint, newestCheckpoint, parsedJson } from "./checkpoint.ts";
import { journalError } from "./errors.ts";
import { MIN_JOURNAL_BYTES, RING_OFFSET, ringSectorsOf } from "./layout.ts";
import { journalRecord, type JournalState } from "./records.ts";
import { beginsAsJournal, decodeSector, type Frame, joinSectors, SECTOR_BYTES, type SectorReading } from "./sector.ts";
import { apply, OutOfOrder } from "./state.ts";
import type { JournalStorage } from "./storage.ts";

/** The place after a frame. */
export interface Cursor {
  /** Number of the next sector since the journal was made. */
  sequence: number;
  /** CRC of the sector before it. */
  chain: number;
}

/** All that a journal says. */
export interface Recovered {
  checkpoint: Checkpoint;
  state: JournalState;
  /** The sectors of all frames after the checkpoint. */
  frames: Buffer;
  /** Where the next frame goes. */
  next: Cursor;
}

/**
 * Reads a journal from its newest checkpoint to its last whole frame, and changes nothing. A frame is begun only when
 * all before it are durable, so the frame that a crash interrupted is the last one: anything newer than the place where
 * the frames end is proof of damage.
 * @throws INTEGRITY_JOURNAL_FOREIGN, INTEGRITY_JOURNAL_VERSION, INTEGRITY_JOURNAL_TRUNCATED, INTEGRITY_JOURNAL_DAMAGED
 */
export function recover(storage: JournalStorage): Recovered {
  if (storage.sizeBytes < MIN_JOURNAL_BYTES) throw tooShort(storage);
  const checkpoint = newestCheckpoint(storage);
  const { journalBytes } = checkpoint.body;
  if (storage.sizeBytes !== journalBytes)
    throw journalError(
      "INTEGRITY_JOURNAL_TRUNCATED",
      `${storage.name} has ${storage.sizeBytes} bytes and was made with ${journalBytes}`,
    );
  const ring = readRing(storage);
  let { state, next } = checkpoint.body;
  const frames: Buffer[] = [];
  for (let frame = frameAt(storage, ring, next); frame; frame = frameAt(storage, ring, next)) {
    state = folded(storage, checkpoint.body.runId, state, frame);
    frames.push(frame.bytes);
    next = frame.next;
  }
  refuseNewer(storage, ring, next);
  return { checkpoint, state, frames: Buffer.concat(frames), next };
}

function tooShort(storage: JournalStorage): Error {
  const { name, sizeBytes } = storage;
  const detail = `${name} has ${sizeBytes} bytes, and a journal has at least ${MIN_JOURNAL_BYTES}`;
  const isOurs = sizeBytes === 0 || beginsAsJournal(storage.read(0, Math.min(sizeBytes, SECTOR_BYTES)));
  return journalError(isOurs ? "INTEGRITY_JOURNAL_TRUNCATED" : "INTEGRITY_JOURNAL_FOREIGN", detail);
}

/** The ring's sectors by their place. Only damage makes one that is neither blank nor whole nor where it belongs. */
function readRing(storage: JournalStorage): SectorReading[] {
  const count = ringSectorsOf(storage.sizeBytes);
  const bytes = storage.read(RING_OFFSET, count * SECTOR_BYTES);
  return Array.from({ length: count }, (_, place) => {
    const reading = decodeSector(bytes.subarray(place * SECTOR_BYTES, (place + 1) * SECTOR_BYTES));
    if (reading.kind === "other-version")
      throw journalError("INTEGRITY_JOURNAL_VERSION", `${storage.name} has a frame of version ${reading.version}`);
    if (reading.kind === "damaged") throw damaged(storage, place, "is neither blank nor whole");
    if (reading.kind === "sector" && (reading.sector.sequence + reading.sector.part) % count !== place)
      throw damaged(storage, place, `belongs elsewhere: it is part of frame ${reading.sector.sequence}`);
    return reading;
  });
}

/** The frame that begins at `next`; undefined where none does, or not all of it arrived. */
function frameAt(storage: JournalStorage, ring: readonly SectorReading[], { sequence, chain }: Cursor) {
  const first = ring[sequence % ring.length];
  if (first?.kind !== "sector" || first.sector.sequence !== sequence) return undefined;
  if (first.sector.chain !== chain)
    throw damaged(storage, sequence % ring.length, `does not follow on the frame before it (frame ${sequence})`);
  const { parts } = first.sector;
  const frame = joinSectors(Array.from({ length: parts }, (_, i) => ring[(sequence + i) % ring.length]));
  return frame && { ...frame, next: { sequence: sequence + parts, chain: frame.crc } };
}

function folded(storage: JournalStorage, runId: string, state: JournalState, frame: Frame): JournalState {
  const complain = (what: string) =>
    damaged(storage, frame.sequence % ringSectorsOf(storage.sizeBytes), `${what} (frame ${frame.sequence})`);
  const record = journalRecord.safeParse({ ...(parsedJson(frame.body) as object), type: frame.type });
  if (!record.success) throw complain(`holds no ${frame.type} that can be read`);
  const { data } = record;
  if (data.type === "open" && data.runId !== runId) throw complain(`belongs to run ${data.runId}, not ${runId}`);
  const epoch = data.type === "open" ? data.epoch : state.epoch;
  if (frame.epoch !== epoch) throw complain(`is of epoch ${frame.epoch}, not ${epoch}`);
  try {
    return apply(state, data);
  } catch (error) {
    if (error instanceof OutOfOrder) throw complain(`cannot follow: ${error.message}`);
    throw error;
  }
}

function refuseNewer(storage: JournalStorage, ring: readonly SectorReading[], { sequence }: Cursor): void {
  for (const [place, reading] of ring.entries())
    if (reading.kind === "sector" && reading.sector.sequence > sequence)
      throw damaged(storage, place, `holds frame ${reading.sector.sequence}, and frame ${sequence} before it is gone`);
}

function damaged({ name }: JournalStorage, place: number, what: string): Error {
  const offset = RING_OFFSET + place * SECTOR_BYTES;
  return journalError("INTEGRITY_JOURNAL_DAMAGED", `in ${name} the sector at byte ${offset} ${what}`);
}
