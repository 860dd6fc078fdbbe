import fs from "node:fs";
import { PAGE_BYTES } from "../core/disk.ts";
import { messageOf } from "../core/errors.ts";
import { diskError } from "./errors.ts";
import { DiskLog } from "./log.ts";
import { FRAME_BYTES, HEADER_BYTES, type LogEntry } from "./log-format.ts";
import type { FlushOutcome } from "./lying-disk.ts";

/** An entry of a log without its bytes, which lie at `position` of the log's file. */
export type LogMoment = { timeNs: number } & (
  | { kind: "write" | "damage"; offset: number; lengthBytes: number; position: number }
  | { kind: "flush"; outcome: FlushOutcome }
  | { kind: "cut" | "power-on" }
);
type Transfer = Extract<LogMoment, { position: number }>;

/** A state that a power cut could have left: after so many entries of the log, and with these of its volatile writes. */
export interface CrashPoint {
  entries: number;
  /** Numbers of entries that reached the medium although no flush had made them durable. */
  survivors: readonly number[];
}

const COPY_BYTES = 2 ** 20;

/**
 * Makes a disk's medium again and again, each as a crash could have left it. States in the order of the log cost what
 * the medium holds, and not the length of the log.
 */
export class CrashImages implements Disposable {
  readonly sizeBytes: number;
  readonly moments: readonly LogMoment[];
  readonly #log: number;
  readonly #base: number;
  /** One byte a page: whether the base holds it. */
  readonly #held: Uint8Array;
  /** Entries that the base has behind it, and those of them that were not durable by then. */
  #passed = 0;
  #pending: number[] = [];

  private constructor(files: { log: number; base: number }, sizeBytes: number, moments: readonly LogMoment[]) {
    this.sizeBytes = sizeBytes;
    this.moments = moments;
    this.#log = files.log;
    this.#base = files.base;
    this.#held = new Uint8Array(Math.ceil(sizeBytes / PAGE_BYTES));
  }

  /** `basePath` is a new file that takes what is durable, as far as the search has come. @throws SeatrialError DISK_BAD_LOG */
  static async open(logPath: string, basePath: string): Promise<CrashImages> {
    await using log = await DiskLog.open(logPath);
    const moments: LogMoment[] = [];
    let position = HEADER_BYTES;
    for await (const entry of log.entries()) {
      moments.push(momentOf(entry, position + FRAME_BYTES));
      position += FRAME_BYTES + ("bytes" in entry ? entry.bytes.length : 0);
    }
    const files = { log: fs.openSync(logPath, "r"), base: fs.openSync(basePath, "wx+") };
    return new CrashImages(files, log.sizeBytes, moments);
  }

  /** Puts the state into the file, in place of what it held. @throws SeatrialError DISK_MEDIUM_FAILED when there is no room */
  make({ entries, survivors }: CrashPoint, imagePath: string): void {
    try {
      this.#advance(entries);
      // "r+" where there is one: a disk may lie in it.
      const image = fs.openSync(imagePath, fs.existsSync(imagePath) ? "r+" : "wx+");
      try {
        fs.ftruncateSync(image, 0);
        fs.ftruncateSync(image, this.sizeBytes);
        this.#copyBase(image);
        for (const index of survivors) this.#put(this.moments[index] as Transfer, image);
      } finally {
        fs.closeSync(image);
      }
    } catch (error) {
      throw diskError("DISK_MEDIUM_FAILED", `${imagePath}: ${messageOf(error)}`, { cause: error });
    }
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.#log);
    fs.closeSync(this.#base);
  }

  #advance(entries: number): void {
    if (entries < this.#passed) this.#restart();
    for (; this.#passed < entries; this.#passed++) this.#pass(this.#passed);
  }

  #restart(): void {
    fs.ftruncateSync(this.#base, 0);
    this.#held.fill(0);
    this.#passed = 0;
    this.#pending = [];
  }

  #pass(index: number): void {
    const moment = this.moments[index];
    if (moment?.kind === "write") this.#pending.push(index);
    if (moment?.kind === "damage") this.#keep(moment);
    if (moment?.kind === "flush" && moment.outcome === "done") {
      for (const written of this.#pending) this.#keep(this.moments[written] as Transfer);
      this.#pending = [];
    }
    if (moment?.kind === "cut") this.#pending = [];
  }

  #keep(transfer: Transfer): void {
    this.#put(transfer, this.#base);
    const { offset, lengthBytes } = transfer;
    this.#held.fill(1, Math.floor(offset / PAGE_BYTES), Math.ceil((offset + lengthBytes) / PAGE_BYTES));
  }

  #put({ position, offset, lengthBytes }: Transfer, file: number): void {
    const bytes = Buffer.allocUnsafe(lengthBytes);
    fs.readSync(this.#log, bytes, 0, lengthBytes, position);
    fs.writeSync(file, bytes, 0, lengthBytes, offset);
  }

  /** Leaves holes where there is nothing but zeros: what mkfs clears is a good part of a small disk. */
  #copyBase(image: number): void {
    const piece = Buffer.allocUnsafe(COPY_BYTES);
    const zeros = Buffer.alloc(COPY_BYTES);
    const most = COPY_BYTES / PAGE_BYTES;
    for (let page = this.#held.indexOf(1); page >= 0; ) {
      let after = page + 1;
      while (after < page + most && this.#held[after]) after++;
      const lengthBytes = fs.readSync(this.#base, piece, 0, (after - page) * PAGE_BYTES, page * PAGE_BYTES);
      const bytes = piece.subarray(0, lengthBytes);
      if (!bytes.equals(zeros.subarray(0, lengthBytes))) fs.writeSync(image, bytes, 0, lengthBytes, page * PAGE_BYTES);
      page = this.#held.indexOf(1, after);
    }
  }
}

function momentOf(entry: LogEntry, position: number): LogMoment {
  const { timeNs } = entry;
  if ("bytes" in entry) {
    return { kind: entry.kind, timeNs, offset: entry.offset, lengthBytes: entry.bytes.length, position };
  }
  return entry.kind === "flush" ? { kind: "flush", timeNs, outcome: entry.outcome } : { kind: entry.kind, timeNs };
}
