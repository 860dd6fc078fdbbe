import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { createJournalFile, openJournalFile } from "../journal/file-storage.ts";
import { type Journal, openJournal } from "../journal/journal.ts";
import { acquireLock, type Lock } from "../journal/lock.ts";
import type { JournalState } from "../journal/records.ts";
import { BLOCK_BYTES } from "../model.ts";
import type { LoopSettings } from "./config.ts";
import { MOST_BYTES } from "./region.ts";

/** The loop's hold on its journal; nobody else writes meanwhile. */
export interface JournalHold {
  file: string;
  runId: string;
  journal: Journal;
  /** As the writer before has left it. */
  found: JournalState;
  lock: Lock;
  /** Lets go; what was said is durable already. Safe to call twice. */
  letGo(): void;
}

/** The journal of a data file: beside nothing else of that name in the directory of state. */
export function journalPathOf({ stateDir, filePath }: Pick<LoopSettings, "stateDir" | "filePath">): string {
  return path.join(stateDir, `${path.basename(filePath)}.seatrial-journal`);
}

/**
 * Takes the lock, makes the journal where there is none, and opens it for the next epoch.
 * @throws the errors of the journal and of its lock
 */
export function holdJournal(file: string, { pid, breakLock }: { pid: number; breakLock: boolean }): JournalHold {
  const lock = acquireLock(file, pid, { takeOver: breakLock });
  let letGo = () => lock.release();
  try {
    if (!fs.existsSync(file)) {
      const geometry = { sizeBytes: MOST_BYTES, blockBytes: BLOCK_BYTES };
      createJournalFile(file, { runId: randomBytes(16).toString("hex"), geometry });
    }
    const storage = openJournalFile(file);
    let open = true;
    letGo = () => {
      if (open) storage.closeFile();
      open = false;
      lock.release();
    };
    const { subject, found, journal } = openJournal(storage, lock.owner);
    return { file, runId: subject.runId, journal, found, lock, letGo };
  } catch (error) {
    letGo();
    throw error;
  }
}
