import fs from "node:fs";
import { DiskLog, type LogEntry } from "./log.ts";

/** A moment in a disk's life. */
export type ReplayPoint =
  | {
      /** After so many entries of the log; after all unless told. */
      entries?: number;
      /**
       * Writes, by their entries' numbers, that reach the medium although no flush had made them durable by then: any
       * choice of them is a state that a power cut could have left. None unless told.
       */
      survivors?: ReadonlySet<number> | "all";
    }
  /** Right after that honoured flush; 1 is the first. */
  | { untilFlush: number };

/** What a replay made. */
export interface Replay {
  /** Entries that had happened by then. */
  entries: number;
  /** Numbers of the writes that were still volatile then, survivors among them. */
  volatile: number[];
  /** Bytes of an unfinished entry at the end of the log, which is left out. */
  tornBytes: number;
}

/**
 * Makes a disk's medium again, as a power cut at that moment would have left it, in a sparse file that replaces
 * `imagePath`. Reads the log twice and holds no data in memory.
 * @throws SeatrialError DISK_BAD_LOG
 */
export async function replayLog(logPath: string, imagePath: string, point: ReplayPoint = {}): Promise<Replay> {
  await using log = await DiskLog.open(logPath);
  const fate = await writesAt(log, point);
  const survivors = "survivors" in point ? point.survivors : undefined;
  const arrives = ({ index }: LogEntry) =>
    fate.durable.has(index) || (fate.volatile.has(index) && (survivors === "all" || (survivors?.has(index) ?? false)));
  const image = fs.openSync(imagePath, "w");
  try {
    fs.ftruncateSync(image, log.sizeBytes);
    for await (const entry of log.entries()) {
      if (entry.index >= fate.entries) break;
      if ("bytes" in entry && arrives(entry)) fs.writeSync(image, entry.bytes, 0, entry.bytes.length, entry.offset);
    }
  } finally {
    fs.closeSync(image);
  }
  return { entries: fate.entries, volatile: [...fate.volatile], tornBytes: log.tornBytes };
}

interface Fate {
  entries: number;
  durable: Set<number>;
  volatile: Set<number>;
}

/** What has become of each write at that moment. */
async function writesAt(log: DiskLog, point: ReplayPoint): Promise<Fate> {
  const fate: Fate = { entries: 0, durable: new Set(), volatile: new Set() };
  const limit = "untilFlush" in point ? Infinity : (point.entries ?? Infinity);
  let flushes = 0;
  for await (const entry of log.entries()) {
    if (entry.index >= limit) break;
    fate.entries = entry.index + 1;
    if (entry.kind === "write") fate.volatile.add(entry.index);
    if (entry.kind === "damage") fate.durable.add(entry.index);
    if (entry.kind === "cut") fate.volatile.clear();
    if (entry.kind !== "flush" || entry.outcome !== "done") continue;
    for (const index of fate.volatile) fate.durable.add(index);
    fate.volatile.clear();
    if ("untilFlush" in point && ++flushes >= point.untilFlush) break;
  }
  return fate;
}
