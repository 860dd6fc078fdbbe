import fs from "node:fs";
import path from "node:path";
import type { BlockSubject } from "../blocks/subject.ts";
import type { LoopSettings } from "./config.ts";
import { loopError } from "./errors.ts";
import type { JudgeContext } from "./judge-block.ts";
import { createLoopSubject } from "./loop-subject.ts";
import { holdJournal, type JournalHold, journalPathOf } from "./open-journal.ts";
import { durableEnd } from "./region.ts";
import { concludeTakeOver, type LeftState, readLeftState, type TakeOver } from "./take-over.ts";
import { dataFileBytes } from "./verify-pass.ts";

/** One process's time with a data file and its journal. */
export interface LoopSession {
  hold: JournalHold;
  subject: BlockSubject;
  /** What the original has left, as long as the data may still hold it. */
  left: LeftState;
  before: TakeOver;
  /** Set by the first damage: from then on nothing is written over it. */
  damaged: boolean;
}

/** What is needed to begin. */
export interface SessionStart {
  settings: LoopSettings;
  patterns(): LoopSettings["patterns"];
  pid: number;
  /** Whether a lock that is held elsewhere is broken. */
  breakLock: boolean;
}

/**
 * Takes the lock, opens the journal, and concludes from the original's files what the data holds where the journal does
 * not say. Writes nothing to the data.
 * @throws INTEGRITY_LOOP_DATA_DIR, INTEGRITY_LOOP_NO_STATE, INTEGRITY_LOOP_OPEN_WRITE, and what the journal throws
 */
export async function openSession({ settings, patterns, pid, breakLock }: SessionStart): Promise<LoopSession> {
  const dataDir = path.dirname(settings.filePath);
  if (!fs.existsSync(dataDir)) throw loopError("INTEGRITY_LOOP_DATA_DIR", `${dataDir} does not exist`);
  const journalPath = journalPathOf(settings);
  const isNew = !fs.existsSync(journalPath);
  if (isNew) await concludeBefore(settings, 0);
  const hold = holdJournal(journalPath, { pid, breakLock });
  try {
    const unwritten = durableEnd(hold.found) === 0;
    const { left, before } = await concludeBefore(settings, unwritten ? hold.found.generation : undefined);
    if (settings.refuseOpenWrites) refuseOpenWrite(hold, before, left);
    const subject = createLoopSubject(hold.runId, () => hold.journal.state, patterns);
    return { hold, subject, left, before, damaged: false };
  } catch (error) {
    hold.letGo();
    throw error;
  }
}

/** `announced`: generations that were begun over what was there before; `undefined` once one was finished. */
async function concludeBefore(
  { stateDir, filePath, patterns }: LoopSettings,
  announced: number | undefined,
): Promise<Pick<LoopSession, "left" | "before">> {
  const left = await readLeftState({ stateDir, dataDir: path.dirname(filePath) });
  if (announced === undefined) return { left, before: { kind: "nothing" } };
  const size = announced === 0 ? await dataFileBytes(filePath) : undefined;
  return { left, before: concludeTakeOver(left, size === undefined ? undefined : filePath, patterns) };
}

function refuseOpenWrite({ found, file }: JournalHold, { kind }: TakeOver, { wal }: LeftState): void {
  const open = found.open.at(-1);
  if (open)
    throw loopError("INTEGRITY_LOOP_OPEN_WRITE", `${file}: generation ${open.generation} was begun and not finished`);
  if (wal && (kind === "unfinished" || kind === "unpromised"))
    throw loopError("INTEGRITY_LOOP_OPEN_WRITE", `${wal.path} is there`);
}

/** What blocks are judged by now. */
export function judgingOf({ hold, subject, before }: LoopSession): JudgeContext {
  const { epoch, generation } = hold.journal.state;
  return { subject, epoch, inherited: hold.found.generation, announced: generation, before };
}
