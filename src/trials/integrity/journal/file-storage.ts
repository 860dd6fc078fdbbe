import fs from "node:fs";
import path from "node:path";
import { messageOf, systemCode } from "../../../core/errors.ts";
import { journalError } from "./errors.ts";
import { blankJournal, type JournalSubject } from "./journal.ts";
import type { JournalStorage } from "./storage.ts";
import { syncDirectory } from "../sync-directory.ts";

/** A journal's file while it is open. */
export interface JournalFile extends JournalStorage {
  closeFile(): void;
}

/**
 * Makes a journal that is there as a whole or not at all, also after a power cut: written under another name, synced,
 * renamed, and its directory synced. Its size, place and name never change from here on.
 * @throws INTEGRITY_JOURNAL_EXISTS, INTEGRITY_JOURNAL_IO
 */
export function createJournalFile(file: string, subject: JournalSubject, sizeBytes?: number): void {
  if (fs.existsSync(file)) throw journalError("INTEGRITY_JOURNAL_EXISTS", `${file} is there already`);
  const temporary = `${file}.new`;
  answering(file, () => {
    fs.rmSync(temporary, { force: true });
    const descriptor = fs.openSync(temporary, "wx", 0o600);
    try {
      fs.writeFileSync(descriptor, blankJournal(subject, sizeBytes));
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, file);
    syncDirectory(path.dirname(path.resolve(file)));
  });
}

/** Opens a journal's file. @throws INTEGRITY_JOURNAL_MISSING, INTEGRITY_JOURNAL_IO */
export function openJournalFile(file: string): JournalFile {
  const descriptor = answering(file, () => fs.openSync(file, "r+"));
  return {
    name: file,
    sizeBytes: answering(file, () => fs.fstatSync(descriptor).size),
    read: (offset, lengthBytes) => answering(file, () => readWhole(descriptor, offset, lengthBytes)),
    write: (offset, bytes) => answering(file, () => writeWhole(descriptor, offset, bytes)),
    sync: () => answering(file, () => fs.fdatasyncSync(descriptor)),
    closeFile: () => fs.closeSync(descriptor),
  };
}

function readWhole(descriptor: number, offset: number, lengthBytes: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  for (let done = 0; done < lengthBytes; ) {
    const count = fs.readSync(descriptor, bytes, done, lengthBytes - done, offset + done);
    if (count === 0) throw new Error(`the file ends at byte ${offset + done}`);
    done += count;
  }
  return bytes;
}

function writeWhole(descriptor: number, offset: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; )
    done += fs.writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
}

function answering<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const code = systemCode(error) === "ENOENT" ? "INTEGRITY_JOURNAL_MISSING" : "INTEGRITY_JOURNAL_IO";
    throw journalError(code, `${file}: ${messageOf(error)}`, { cause: error });
  }
}
