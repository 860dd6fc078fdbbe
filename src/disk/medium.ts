import fs from "node:fs";
import path from "node:path";
import { messageOf } from "../core/errors.ts";
import { diskError } from "./errors.ts";

/** What holds bytes for good. */
export interface Medium {
  readonly sizeBytes: number;
  /** Whether all of it read as zeros at first. */
  readonly wasBlank: boolean;
  /** Fills `into` with what lies from `offset` on. */
  read(offset: number, into: Buffer): void;
  /** Puts the parts one behind another from `offset` on. */
  write(offset: number, parts: readonly Buffer[]): void;
}

/** writev(2) takes 1024 parts. */
const PARTS_AT_ONCE = 1024;

/**
 * A sparse file without a name in `directory`: it vanishes with the process, however that ends.
 * @throws SeatrialError DISK_MEDIUM_FAILED, here and when the directory's file system is full
 */
export function createFileMedium(directory: string, sizeBytes: number): Medium {
  return mediumOf(
    orFail(() => openNameless(directory, sizeBytes)),
    { sizeBytes, wasBlank: true },
  );
}

/** A file that holds something already, used in place. @throws SeatrialError DISK_MEDIUM_FAILED */
export function openFileMedium(file: string, sizeBytes: number): Medium {
  return mediumOf(
    orFail(() => openSized(file, sizeBytes)),
    { sizeBytes, wasBlank: false },
  );
}

function mediumOf(descriptor: number, what: Pick<Medium, "sizeBytes" | "wasBlank">): Medium {
  return {
    ...what,
    read: (offset, into) => {
      orFail(() => fs.readSync(descriptor, into, 0, into.length, offset));
    },
    write: (offset, parts) => {
      for (let first = 0, at = offset; first < parts.length; first += PARTS_AT_ONCE) {
        const some = parts.slice(first, first + PARTS_AT_ONCE);
        at += orFail(() => writeAll(descriptor, some, at));
      }
    },
  };
}

function openNameless(directory: string, sizeBytes: number): number {
  const place = fs.mkdtempSync(path.join(directory, "seatrial-disk-"));
  const file = path.join(place, "medium");
  const descriptor = fs.openSync(file, "wx+", 0o600);
  fs.unlinkSync(file);
  fs.rmdirSync(place);
  fs.ftruncateSync(descriptor, sizeBytes);
  return descriptor;
}

function openSized(file: string, sizeBytes: number): number {
  const descriptor = fs.openSync(file, "r+");
  const { size } = fs.fstatSync(descriptor);
  if (size === sizeBytes) return descriptor;
  fs.closeSync(descriptor);
  throw new Error(`${file} has ${size} bytes, and the disk ${sizeBytes}`);
}

/** A full file system takes less than it is given before it refuses. */
function writeAll(descriptor: number, parts: readonly Buffer[], offset: number): number {
  const lengthBytes = parts.reduce((sum, part) => sum + part.length, 0);
  const writtenBytes = fs.writevSync(descriptor, parts, offset);
  if (writtenBytes < lengthBytes) throw new Error(`${writtenBytes} of ${lengthBytes} bytes were taken`);
  return lengthBytes;
}

/** Without an error number, so that a lab's own trouble is never answered as if it were the disk's. */
function orFail<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskError("DISK_MEDIUM_FAILED", `the file that a disk lies in failed: ${messageOf(error)}`, { cause: error });
  }
}
