import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { messageOf, type SeatrialError, systemCode } from "../core/errors.ts";
import { storeError } from "./errors.ts";

const FULL = new Set(["ENOSPC", "EDQUOT"]);
const REFUSED = new Set([
  "EACCES",
  "EPERM",
  "EROFS",
  "ENOENT",
  "ENOTDIR",
  "EEXIST",
  "ENAMETOOLONG",
  "EISDIR",
  "EIO",
  "EMFILE",
  "ENFILE",
  "EFBIG",
  "ELOOP",
]);

/** The error for people when writing `file` failed; what is no answer of the file system is handed back as it is. */
export function storageError(file: string, error: unknown): Error {
  const code = systemCode(error);
  if (code !== undefined && FULL.has(code))
    return storeError("DISK_FULL", `cannot write ${file}: ${messageOf(error)}`, { cause: error });
  if (code !== undefined && REFUSED.has(code))
    return storeError("RUN_FOLDER_NOT_WRITABLE", `cannot write ${file}: ${messageOf(error)}`, { cause: error });
  return error instanceof Error ? error : new Error(messageOf(error));
}

/** Runs `work` on `file` and throws what `storageError` makes of its failure. */
export function storing<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw storageError(file, error);
  }
}

/**
 * Makes a directory and those above it. Node's own recursive way asks for ever where a file system answers that the
 * directory above is missing although it is there (`/proc`).
 */
export function makeFolder(folder: string, mode = 0o777): void {
  if (fs.existsSync(folder)) return;
  makeFolder(path.dirname(path.resolve(folder)), mode);
  try {
    fs.mkdirSync(folder, { mode });
  } catch (error) {
    // Another lab may have made it in between.
    if (systemCode(error) !== "EEXIST") throw error;
  }
}

/** True for errors that say that nothing more can be stored, so that a run has to end. */
export function isStorageError(error: unknown): error is SeatrialError {
  const code = systemCode(error);
  return code === "DISK_FULL" || code === "RUN_FOLDER_NOT_WRITABLE";
}

/** Replaces `file` as a whole: readers see the old content or the new one, also after a power cut. */
export function writeWhole(file: string, content: string | Uint8Array): void {
  const temporary = `${file}.${randomBytes(4).toString("hex")}.tmp`;
  storing(file, () => {
    try {
      writeSynced(temporary, content);
      fs.renameSync(temporary, file);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
  });
}

function writeSynced(file: string, content: string | Uint8Array): void {
  const descriptor = fs.openSync(file, "wx");
  try {
    fs.writeFileSync(descriptor, content);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
