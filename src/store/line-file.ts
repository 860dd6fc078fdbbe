import fs from "node:fs";
import { storageError, storing } from "./storage.ts";

/** Longer lines are refused by the reader, so none is written. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024;

/** A file that grows by whole lines. */
export interface LineFile {
  /** In the kernel's hands when the call returns. @throws DISK_FULL or RUN_FOLDER_NOT_WRITABLE, then and ever after. */
  append(line: string): void;
  /** Flushes to the disk and closes; a second call does nothing. */
  close(): void;
}

/**
 * One write(2) a line, synchronous: a lab killed with SIGKILL loses no line whose `append` had returned, nothing is
 * held in memory, and a slow disk slows the writer. A line of 180 bytes takes 1.4 us on ext4 and an event with its JSON
 * 5 us: 5 % of a core at 10,000 a second.
 * `makeRoom` is asked once when the disk is full, and says whether a second attempt is worth it.
 */
export function createLineFile(file: string, makeRoom: () => boolean = () => false): LineFile {
  const descriptor = storing(file, () => fs.openSync(file, "ax"));
  let sizeBytes = 0;
  let broken: Error | undefined;
  let open = true;

  const write = (bytes: Uint8Array) => {
    try {
      writeAll(descriptor, bytes);
      sizeBytes += bytes.byteLength;
    } catch (error) {
      // A full disk takes the first half of a line; without it the file stays whole.
      fs.ftruncateSync(descriptor, sizeBytes);
      throw error;
    }
  };
  const writeOrMakeRoom = (bytes: Uint8Array) => {
    try {
      write(bytes);
    } catch (error) {
      if (!makeRoom()) throw error;
      write(bytes);
    }
  };
  const append = (line: string) => {
    if (broken) throw broken;
    const bytes = Buffer.from(`${line}\n`);
    if (bytes.byteLength > MAX_LINE_BYTES)
      throw new RangeError(`an event of ${bytes.byteLength} bytes is longer than ${MAX_LINE_BYTES}`);
    try {
      writeOrMakeRoom(bytes);
    } catch (error) {
      broken = storageError(file, error);
      throw broken;
    }
  };
  const close = () => {
    if (!open) return;
    open = false;
    broken ??= new Error(`${file} is closed`);
    storing(file, () => fs.fsyncSync(descriptor));
    fs.closeSync(descriptor);
  };
  return { append, close };
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.byteLength) written += fs.writeSync(descriptor, bytes, written);
}
