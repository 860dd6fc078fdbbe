import fs from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { messageOf } from "../core/errors.ts";
import { diskError } from "./errors.ts";
import {
  dataBytesOf,
  FRAME_BYTES,
  HEADER_BYTES,
  type LogEntry,
  type LogEvent,
  type LogHeader,
  packFrame,
  packHeader,
  parseFrame,
  parseHeader,
} from "./log-format.ts";
import type { DiskJournal } from "./lying-disk.ts";

export type { LogEntry } from "./log-format.ts";

/**
 * Begins a log in a new file; what is told it is in the file at once, so that a disk that is killed loses nothing of it.
 * @throws SeatrialError DISK_MEDIUM_FAILED, here and when the file's file system is full
 */
export function startLog(file: string, header: LogHeader, nowNs: () => number): DiskJournal {
  const descriptor = orFail(file, () => fs.openSync(file, "wx", 0o644));
  const append = (event: LogEvent) => {
    const frame = packFrame(event, nowNs());
    const parts = "bytes" in event ? [frame, event.bytes] : [frame];
    orFail(file, () => fs.writevSync(descriptor, parts));
  };
  orFail(file, () => fs.writeSync(descriptor, packHeader(header)));
  return {
    write: (offset, bytes) => append({ kind: "write", offset, bytes }),
    damage: (offset, bytes) => append({ kind: "damage", offset, bytes }),
    flush: (outcome) => append({ kind: "flush", outcome }),
    cut: () => append({ kind: "cut" }),
    powerOn: () => append({ kind: "power-on" }),
  };
}

function orFail<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskError("DISK_MEDIUM_FAILED", `the log ${file} failed: ${messageOf(error)}`, { cause: error });
  }
}

/** A log that can be read from its beginning any number of times, without being held in memory. */
export class DiskLog implements AsyncDisposable {
  readonly sizeBytes: number;
  /** The log's zero on CLOCK_MONOTONIC. */
  readonly originNs: bigint;
  readonly #file: string;
  readonly #handle: FileHandle;
  #tornBytes = 0;

  private constructor(file: string, handle: FileHandle, header: LogHeader) {
    this.#file = file;
    this.#handle = handle;
    this.sizeBytes = header.sizeBytes;
    this.originNs = header.originNs;
  }

  /** @throws SeatrialError DISK_BAD_LOG */
  static async open(file: string): Promise<DiskLog> {
    const handle = await open(file).catch((error: unknown) => {
      throw diskError("DISK_BAD_LOG", `${file}: ${messageOf(error)}`, { cause: error });
    });
    const header = parseHeader(await new ReadAhead(handle).at(0, HEADER_BYTES));
    if (typeof header !== "string") return new DiskLog(file, handle, header);
    await handle.close();
    throw diskError("DISK_BAD_LOG", `${file}: ${header}`);
  }

  /** How many bytes of an entry that was never finished lie at the end; known once all entries have been read. */
  get tornBytes(): number {
    return this.#tornBytes;
  }

  /** Every whole entry in order. @throws SeatrialError DISK_BAD_LOG where one is damaged and others follow */
  async *entries(): AsyncGenerator<LogEntry> {
    const { size: endBytes } = await this.#handle.stat();
    const file = new ReadAhead(this.#handle);
    for (let at = HEADER_BYTES, index = 0; at < endBytes; index++) {
      const frame = await file.at(at, FRAME_BYTES);
      const dataBytes = frame.length === FRAME_BYTES ? dataBytesOf(frame) : 0;
      const next = at + FRAME_BYTES + (dataBytes ?? 0);
      const data = await file.at(at + FRAME_BYTES, dataBytes ?? 0);
      const event = next <= endBytes && dataBytes !== undefined ? parseFrame(frame, data) : undefined;
      if (!event) {
        if (next < endBytes)
          throw diskError("DISK_BAD_LOG", `${this.#file}: entry ${index}, at byte ${at}, is damaged`);
        this.#tornBytes = endBytes - at;
        return;
      }
      yield { index, ...event };
      at = next;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

const READ_AHEAD_BYTES = 2 ** 20;

/** Reads a file from front to back in large pieces; what it has given stays as it is. */
class ReadAhead {
  readonly #handle: FileHandle;
  #piece = Buffer.alloc(0);
  #begin = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Fewer bytes than asked for at the end of the file. */
  async at(position: number, lengthBytes: number): Promise<Buffer> {
    if (position < this.#begin || position + lengthBytes > this.#begin + this.#piece.length) {
      const piece = Buffer.allocUnsafe(Math.max(lengthBytes, READ_AHEAD_BYTES));
      const { bytesRead } = await this.#handle.read(piece, 0, piece.length, position);
      this.#piece = piece.subarray(0, bytesRead);
      this.#begin = position;
    }
    const from = position - this.#begin;
    return this.#piece.subarray(from, from + lengthBytes);
  }
}
