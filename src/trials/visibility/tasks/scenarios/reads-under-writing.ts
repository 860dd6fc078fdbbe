import fs from "node:fs";
import path from "node:path";
import { setImmediate as yieldToEvents } from "node:timers/promises";
import type { TaskContext } from "../../../../agent/protocol.ts";
import { messageOf, systemCode } from "../../../../core/errors.ts";
import { waitUntil } from "../look.ts";
import { formatRecord, parseRecords } from "./records.ts";

export type WriteFamily = "replace" | "append";

/** For how long to write or read without a pause, from `fromNs` in the agent's time. */
export interface StressInput {
  directory: string;
  family: WriteFamily;
  fromNs: number;
  durationMs: number;
}

/** What the writer did, and whether it read its own writes. */
export interface StressWriteReport {
  writes: number;
  lastSequence: number;
  /** Own writes that the writer itself did not read back, at most 20 descriptions. */
  ownUnseen: string[];
}

/** What the reader saw that it should not have, at most 20 descriptions a kind. */
export interface StressReadReport {
  reads: number;
  /** How many reads saw a higher sequence than the one before. */
  advances: number;
  torn: string[];
  /** Newer seen, then older. */
  regressions: string[];
  /** A name that was there before, gone on the way. */
  errors: Record<string, number>;
  /** Seen by the last read, which begins after the writer has ended; -1 for nothing. */
  lastSequence: number;
}

const PAYLOADS = [40, 333, 1500, 90];
const APPEND_LIMIT_BYTES = 1 << 20;
const FILE = "records";

/** Writes checked records for a while: each replaces the file by rename, or is appended by one write(2). */
export async function stressWrite(input: StressInput, context: TaskContext): Promise<StressWriteReport> {
  const file = path.join(input.directory, FILE);
  const report: StressWriteReport = { writes: 0, lastSequence: 0, ownUnseen: [] };
  writeRecord(file, input.family, 0);
  await waitUntil(input.fromNs, context);
  const endNs = input.fromNs + input.durationMs * 1e6;
  let bytes = 0;
  for (let sequence = 1; context.nowNs() < endNs && bytes < APPEND_LIMIT_BYTES && !context.signal.aborted; sequence++) {
    bytes += writeRecord(file, input.family, sequence);
    const own = readOwn(file);
    if (own !== sequence && report.ownUnseen.length < 20) report.ownUnseen.push(`wrote ${sequence}, read back ${own}`);
    report.writes++;
    report.lastSequence = sequence;
    if (sequence % 8 === 0) await yieldToEvents();
  }
  return report;
}

/** What the writer reads back: the last sequence, or why there is none. */
function readOwn(file: string): number | string {
  try {
    return parseRecords(fs.readFileSync(file, "latin1")).sequences.at(-1) ?? "nothing";
  } catch (error) {
    return messageOf(error);
  }
}

function writeRecord(file: string, family: WriteFamily, sequence: number): number {
  const record = formatRecord(sequence, PAYLOADS[sequence % PAYLOADS.length] ?? 40);
  if (family === "append") fs.appendFileSync(file, record);
  else {
    fs.writeFileSync(`${file}.next`, record);
    fs.renameSync(`${file}.next`, file);
  }
  return family === "append" ? record.length : 0;
}

/** Reads the whole file again and again; then, after the end, until the last record or the budget is reached. */
export async function stressRead(input: StressInput, context: TaskContext): Promise<StressReadReport> {
  const file = path.join(input.directory, FILE);
  const report: StressReadReport = { reads: 0, advances: 0, torn: [], regressions: [], errors: {}, lastSequence: -1 };
  await waitUntil(input.fromNs, context);
  const endNs = input.fromNs + input.durationMs * 1e6;
  while (context.nowNs() < endNs && !context.signal.aborted) {
    readOnce(file, input.family, report);
    await yieldToEvents();
  }
  return report;
}

/** One last read, for what is visible once the writer has ended. */
export function stressReadLast(
  { directory, family, least, budgetMs }: { directory: string; family: WriteFamily; least: number; budgetMs: number },
  context: TaskContext,
): StressReadReport {
  const report: StressReadReport = { reads: 0, advances: 0, torn: [], regressions: [], errors: {}, lastSequence: -1 };
  const endNs = context.nowNs() + budgetMs * 1e6;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  do {
    readOnce(path.join(directory, FILE), family, report);
    if (report.lastSequence < least) Atomics.wait(pause, 0, 0, 2);
  } while (report.lastSequence < least && context.nowNs() < endNs);
  return report;
}

function readOnce(file: string, family: WriteFamily, report: StressReadReport): void {
  report.reads++;
  let text: string;
  try {
    text = fs.readFileSync(file, "latin1");
  } catch (error) {
    const code = systemCode(error) ?? messageOf(error);
    if (code !== "ENOENT" || report.lastSequence >= 0) report.errors[code] = (report.errors[code] ?? 0) + 1;
    return;
  }
  const { sequences, torn, restBytes } = parseRecords(text);
  for (const tear of torn) if (report.torn.length < 20) report.torn.push(tear);
  // A file that is replaced by rename was whole before it got its name.
  const cut = family === "replace" && (restBytes > 0 || text === "");
  if (cut && report.torn.length < 20) report.torn.push(`a record cut after ${restBytes} bytes`);
  if (family === "append" && (sequences[0] ?? 0) !== 0 && report.torn.length < 20)
    report.torn.push(`the head is missing: the first record is ${sequences[0]}`);
  const disorder = sequences.findIndex((sequence, index) => index > 0 && sequence !== (sequences[index - 1] ?? 0) + 1);
  if (disorder > 0 && report.torn.length < 20)
    report.torn.push(`record ${sequences[disorder]} after ${sequences[disorder - 1]}`);
  const last = sequences.at(-1) ?? -1;
  if (last < report.lastSequence && report.regressions.length < 20)
    report.regressions.push(`${last} after ${report.lastSequence}`);
  if (last > report.lastSequence) report.advances++;
  report.lastSequence = Math.max(report.lastSequence, last);
}
