import { messageOf, SeatrialError } from "../../../core/errors.ts";
import { type Checkpoint, encodeCheckpoint, slotOffset } from "./checkpoint.ts";
import { journalError } from "./errors.ts";
import { DEFAULT_JOURNAL_BYTES, MAX_STATE_BYTES, MIN_JOURNAL_BYTES, ringRuns, ringSectorsOf } from "./layout.ts";
import { type Cursor, type Recovered, recover } from "./recover.ts";
import {
  type CheckpointBody,
  type Extent,
  type Geometry,
  journalRecord,
  type JournalRecord,
  type JournalState,
  type Owner,
} from "./records.ts";
import { encodeFrame, SECTOR_BYTES } from "./sector.ts";
import { apply, initialState, mostBytesOf } from "./state.ts";
import type { JournalStorage } from "./storage.ts";

/** What a journal is made for. */
export interface JournalSubject {
  /** 32 hex digits. */
  runId: string;
  geometry: Geometry;
}

/** The whole content of a new journal: both checkpoints say that nothing was written yet. */
export function blankJournal(subject: JournalSubject, sizeBytes: number = DEFAULT_JOURNAL_BYTES): Buffer {
  if (sizeBytes < MIN_JOURNAL_BYTES || sizeBytes % SECTOR_BYTES !== 0)
    throw new RangeError(`a journal of ${sizeBytes} bytes`);
  const { runId, geometry } = subject;
  const next = { sequence: 0, chain: 0 };
  const body: CheckpointBody = { runId, geometry, journalBytes: sizeBytes, next, state: initialState(geometry) };
  const bytes = Buffer.alloc(sizeBytes);
  for (const number of [0, 1]) encodeCheckpoint(number, body).copy(bytes, slotOffset(number));
  return bytes;
}

/** What was found in a journal, and the journal, open for the next writer. */
export interface OpenedJournal {
  subject: JournalSubject;
  /** As the last writer left it: what to verify against, before anything is written. */
  found: JournalState;
  journal: Journal;
}

/**
 * Recovers a journal and records that a new writer, of the next epoch, has begun. What is believed is first written
 * again as it is, and synced: a page cache can show what a failed sync never brought to the disk.
 * @throws INTEGRITY_JOURNAL_FOREIGN, INTEGRITY_JOURNAL_VERSION, INTEGRITY_JOURNAL_TRUNCATED, INTEGRITY_JOURNAL_DAMAGED
 * @throws INTEGRITY_JOURNAL_IO
 */
export function openJournal(storage: JournalStorage, owner: Owner): OpenedJournal {
  const recovered = recover(storage);
  const { runId, geometry } = recovered.checkpoint.body;
  const journal = new Journal(storage, recovered);
  journal.begin(owner, recovered.frames);
  return { subject: { runId, geometry }, found: recovered.state, journal };
}

/** What a journal says, without becoming its writer. @throws as `openJournal` */
export function readJournal(storage: JournalStorage): { subject: JournalSubject; state: JournalState } {
  const { checkpoint, state } = recover(storage);
  const { runId, geometry } = checkpoint.body;
  return { subject: { runId, geometry }, state };
}

/**
 * The log of one data file. Each call returns once what it says is durable. The order that makes it sound: `intent`,
 * then the data is written, then its fdatasync succeeds, then `synced`. After a failed write or sync: `error`.
 */
export class Journal {
  readonly #storage: JournalStorage;
  readonly #ringSectors: number;
  #checkpoint: Checkpoint;
  #state: JournalState;
  #next: Cursor;
  /** Set for good by a failed write: what the file holds is unknown until it is recovered again. */
  #broken = false;

  /** @internal `openJournal` makes it. */
  constructor(storage: JournalStorage, { checkpoint, state, next }: Recovered) {
    this.#storage = storage;
    this.#ringSectors = ringSectorsOf(storage.sizeBytes);
    this.#checkpoint = checkpoint;
    this.#state = state;
    this.#next = next;
  }

  /** All that is durable in the journal. */
  get state(): JournalState {
    return this.#state;
  }

  /** @internal Makes what was found durable, and writes the new writer's first frame. */
  begin(owner: Owner, frames: Buffer): void {
    const { number, bytes, body } = this.#checkpoint;
    const { runId, geometry } = body;
    this.#durably(() => {
      this.#storage.write(slotOffset(number), bytes);
      this.#writeRing(body.next.sequence, frames);
    });
    this.#append({ type: "open", epoch: this.#state.epoch + 1, runId, geometry, owner });
  }

  /**
   * Announces a write of these stretches and returns its generation, the next of the write counter.
   * @throws INTEGRITY_JOURNAL_FULL when the state would have more stretches than a checkpoint holds
   */
  intent(extents: readonly Extent[], payload: string): number {
    const { blockBytes } = this.#checkpoint.body.geometry;
    if (extents.flat().some((edge) => edge % blockBytes !== 0))
      throw new RangeError(`a stretch that is no multiple of ${blockBytes} bytes`);
    const generation = this.#state.generation + 1;
    this.#append({ type: "intent", generation, extents: [...extents], payload });
    return generation;
  }

  /**
   * Records that an fdatasync of the data has succeeded. `generation` is the newest whose writes had all returned when
   * that sync was *submitted*; every open one below it is covered too, unless an error came after it was announced.
   */
  synced(generation: number): void {
    this.#append({ type: "synced", generation });
  }

  /** Records a failed call on the data. Nothing that was open counts any more: a sync that succeeds later proves nothing of it. */
  error(failure: { call: "open" | "write" | "sync"; systemCode: string; extents: readonly Extent[] }): void {
    this.#append({ type: "error", ...failure, extents: failure.extents.slice(0, 64) });
  }

  /** Records what a verification of the whole data file has found. From here on this epoch may write. */
  verified(result: { blocks: number; damagedBlocks: number }): void {
    const outcome = result.damagedBlocks === 0 ? "intact" : "damaged";
    this.#append({ type: "verified", generation: this.#state.generation, result: outcome, ...result });
  }

  /** Ends in good order; nothing can be recorded after it. The storage stays the caller's. */
  close(): void {
    this.#append({ type: "close" });
  }

  #append(draft: JournalRecord): void {
    const record = journalRecord.parse(draft);
    const state = apply(this.#state, record);
    if (record.type === "intent" && mostBytesOf(state) > MAX_STATE_BYTES)
      throw journalError(
        "INTEGRITY_JOURNAL_FULL",
        `${this.#storage.name} would have to keep ${mostBytesOf(state)} bytes of stretches`,
      );
    const { type, ...body } = record;
    const text = Buffer.from(JSON.stringify(body));
    const { bytes, crc } = encodeFrame({ type, epoch: state.epoch, ...this.#next, body: text });
    const parts = bytes.length / SECTOR_BYTES;
    this.#makeRoom(parts);
    this.#durably(() => this.#writeRing(this.#next.sequence, bytes));
    this.#state = state;
    this.#next = { sequence: this.#next.sequence + parts, chain: crc };
  }

  /** A frame may be overwritten once a durable checkpoint holds what it said. */
  #makeRoom(parts: number): void {
    if (parts > this.#ringSectors)
      throw journalError("INTEGRITY_JOURNAL_FULL", `a frame of ${parts} sectors in a ring of ${this.#ringSectors}`);
    const usedSectors = this.#next.sequence - this.#checkpoint.body.next.sequence;
    if (usedSectors + parts <= this.#ringSectors) return;
    const number = this.#checkpoint.number + 1;
    const body = { ...this.#checkpoint.body, next: this.#next, state: this.#state };
    const bytes = encodeCheckpoint(number, body);
    this.#durably(() => this.#storage.write(slotOffset(number), bytes));
    this.#checkpoint = { number, body, bytes };
  }

  #writeRing(sequence: number, bytes: Buffer): void {
    for (const { offset, first, count } of ringRuns(sequence, bytes.length / SECTOR_BYTES, this.#ringSectors))
      this.#storage.write(offset, bytes.subarray(first * SECTOR_BYTES, (first + count) * SECTOR_BYTES));
  }

  #durably(write: () => void): void {
    if (this.#broken) throw new Error(`${this.#storage.name} has failed before and must be opened again`);
    try {
      write();
      this.#storage.sync();
    } catch (error) {
      this.#broken = true;
      if (error instanceof SeatrialError) throw error;
      throw journalError("INTEGRITY_JOURNAL_IO", `${this.#storage.name}: ${messageOf(error)}`, { cause: error });
    }
  }
}
