import fs from "node:fs";
import path from "node:path";
import { setImmediate as yieldToEvents } from "node:timers/promises";
import type { NativeLibrary, TaskContext } from "../../../../agent/protocol.ts";
import { waitUntil } from "../look.ts";
import { formatRecord, parseRecords } from "./records.ts";

// The pattern of an embedded database with a write-ahead log (https://www.sqlite.org/walformat.html): a log that is appended to, an
// index in shared memory that says where the log ends, and a lock that lets one writer in. Both sides write in turns, so each
// must see at once what the other has left: the index through the mapping, the log through read, both under the lock.

/** One writer's turn at the database, from `fromNs` in the agent's time. */
export interface DatabaseInput {
  directory: string;
  /** Names the writer in what it finds wrong. */
  process: string;
  fromNs: number;
  durationMs: number;
}

/** What one writer did, and what it found wrong with what the other had left. */
export interface DatabaseReport {
  commits: number;
  /** Commits that the other side made in between: without any, nothing was tested. */
  takeovers: number;
  problems: string[];
}

const INDEX_BYTES = 4096;
const PROBLEMS_LIMIT = 20;
const PAUSE_MS = 0.2;

interface Shared {
  lockFd: number;
  logFd: number;
  /** [last sequence, log length in bytes], little endian. */
  index: DataView;
}

/** Makes the empty log and index; called once, before both sides run. */
export function databaseMake({ directory }: { directory: string }): void {
  for (const name of ["lock", "log"]) fs.writeFileSync(path.join(directory, name), "");
  fs.writeFileSync(path.join(directory, "index"), Buffer.alloc(INDEX_BYTES));
}

/** Commits records under the lock until the time is over, checking before each that the log is what the index says. */
export async function databaseRun(input: DatabaseInput, context: TaskContext): Promise<DatabaseReport> {
  const native = context.native();
  const at = (name: string) => path.join(input.directory, name);
  const indexFd = fs.openSync(at("index"), "r+");
  const mapping = native.map(indexFd, INDEX_BYTES, true);
  const { buffer, byteOffset, byteLength } = mapping.bytes;
  const shared: Shared = {
    lockFd: fs.openSync(at("lock"), "r+"),
    logFd: fs.openSync(at("log"), "r+"),
    index: new DataView(buffer, byteOffset, byteLength),
  };
  const report: DatabaseReport = { commits: 0, takeovers: 0, problems: [] };
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let own = 0;
  try {
    await waitUntil(input.fromNs, context);
    const endNs = input.fromNs + input.durationMs * 1e6;
    while (context.nowNs() < endNs && !context.signal.aborted && report.problems.length < PROBLEMS_LIMIT) {
      own = commit(shared, native, input.process, own, report);
      // Who has just had the lock would have it again: the other side needs a moment in which it is free.
      Atomics.wait(pause, 0, 0, PAUSE_MS);
      await yieldToEvents();
    }
    return report;
  } finally {
    mapping.unmap();
    for (const fd of [indexFd, shared.lockFd, shared.logFd]) fs.closeSync(fd);
  }
}

/** One transaction, when the lock is free; returns the last sequence that this side knows of. */
function commit(
  { lockFd, logFd, index }: Shared,
  native: NativeLibrary,
  who: string,
  known: number,
  report: DatabaseReport,
): number {
  if (!native.flock(lockFd, "exclusive", false)) return known;
  try {
    const sequence = index.getUint32(0, true);
    const lengthBytes = index.getUint32(4, true);
    const problem =
      sequence < known ? `the index went back from ${known} to ${sequence}` : logProblem(logFd, sequence, lengthBytes);
    if (problem) report.problems.push(`${who}: ${problem}`);
    if (sequence > known) report.takeovers++;
    const record = Buffer.from(formatRecord(sequence + 1, 60));
    fs.writeSync(logFd, record, 0, record.length, lengthBytes);
    index.setUint32(4, lengthBytes + record.length, true);
    index.setUint32(0, sequence + 1, true);
    report.commits++;
    return sequence + 1;
  } finally {
    native.flock(lockFd, "unlock", true);
  }
}

/** The last record that the index promises must lie whole at the end of the log. */
function logProblem(logFd: number, sequence: number, lengthBytes: number): string | undefined {
  if (sequence === 0) return undefined;
  const size = fs.fstatSync(logFd).size;
  if (size !== lengthBytes) return `the log has ${size} bytes where the index says ${lengthBytes}`;
  const tail = Buffer.alloc(Math.min(lengthBytes, 400));
  fs.readSync(logFd, tail, 0, tail.length, lengthBytes - tail.length);
  const text = tail.toString("latin1");
  const records = tail.length === lengthBytes ? text : text.slice(text.indexOf("\n") + 1);
  const last = parseRecords(records).sequences.at(-1);
  return last === sequence ? undefined : `the log ends with record ${last ?? "none"} where the index says ${sequence}`;
}
