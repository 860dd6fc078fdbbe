import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TaskContext } from "../../../../agent/protocol.ts";
import { messageOf } from "../../../../core/errors.ts";

const fileName = (index: number) => `m${index}`;
const AGAIN_MS = 1;

/** Makes `count` small files, or removes every second of them. */
export function manyChange({ directory, count, remove }: { directory: string; count: number; remove: boolean }): void {
  for (let index = 0; index < count; index++) {
    const file = path.join(directory, fileName(index));
    if (!remove) fs.writeFileSync(file, `${index}\n`);
    else if (index % 2 === 1) fs.unlinkSync(file);
  }
}

/** What a listing and one stat a name say against what must be there. */
export interface ManyReport {
  /** When both agreed with what must be there; absent when the budget was used up. */
  completeNs?: number;
  missing: number;
  phantom: number;
  /** Names on which readdir and stat contradict each other in the last pass. */
  contradictions: string[];
}

/** Lists and stats until all that must be there is and nothing else, or the budget is used up. */
export async function manyCheck(
  { directory, count, removed, budgetMs }: { directory: string; count: number; removed: boolean; budgetMs: number },
  context: TaskContext,
): Promise<ManyReport> {
  const endNs = context.nowNs() + budgetMs * 1e6;
  for (;;) {
    const report = checkOnce(directory, count, removed);
    const atNs = context.nowNs();
    if (report.missing === 0 && report.phantom === 0 && report.contradictions.length === 0)
      return { ...report, completeNs: atNs };
    if (atNs > endNs || context.signal.aborted) return report;
    await sleep(AGAIN_MS);
  }
}

function checkOnce(directory: string, count: number, removed: boolean): ManyReport {
  const listed = new Set(fs.readdirSync(directory));
  const report: ManyReport = { missing: 0, phantom: 0, contradictions: [] };
  for (let index = 0; index < count; index++) {
    const name = fileName(index);
    const wanted = !(removed && index % 2 === 1);
    const inListing = listed.delete(name);
    const byStat = fs.existsSync(path.join(directory, name));
    if (wanted && !(inListing && byStat)) report.missing++;
    if (!wanted && (inListing || byStat)) report.phantom++;
    if (inListing !== byStat && report.contradictions.length < 20) report.contradictions.push(name);
  }
  report.phantom += listed.size;
  return report;
}

/** A sparse file with a mark at each offset, longer than 32 bits can count. */
export interface LargeFile {
  file: string;
  sizeBytes: number;
  marks: { offset: number; text: string }[];
}

/** A sparse file with marks far apart, on disk when this returns. */
export function largeMake({ file, sizeBytes, marks }: LargeFile): void {
  const fd = fs.openSync(file, "w");
  try {
    fs.ftruncateSync(fd, sizeBytes);
    for (const { offset, text } of marks) fs.writeSync(fd, text, offset);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Reads the size and every mark at the far end until all are right or the budget is used up; returns what is wrong. */
export async function largeCheck(
  { budgetMs, ...large }: LargeFile & { budgetMs: number },
  context: TaskContext,
): Promise<{ wrong: string[] }> {
  const endNs = context.nowNs() + budgetMs * 1e6;
  for (;;) {
    const wrong = largeProblems(large);
    if (wrong.length === 0 || context.nowNs() > endNs || context.signal.aborted) return { wrong };
    await sleep(AGAIN_MS);
  }
}

function largeProblems({ file, sizeBytes, marks }: LargeFile): string[] {
  let fd: number | undefined;
  try {
    fd = fs.openSync(file, "r");
    const size = fs.fstatSync(fd).size;
    const wrong = size === sizeBytes ? [] : [`size ${size} instead of ${sizeBytes} bytes`];
    for (const { offset, text } of marks) {
      const seen = Buffer.alloc(text.length);
      fs.readSync(fd, seen, 0, seen.length, offset);
      if (seen.toString("latin1") !== text)
        wrong.push(`at ${offset}: ${JSON.stringify(seen.toString("latin1"))} instead of "${text}"`);
    }
    return wrong;
  } catch (error) {
    return [messageOf(error)];
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** Waits until a file reads as `text`. */
export async function awaitText(
  { file, text, budgetMs }: { file: string; text: string; budgetMs: number },
  context: TaskContext,
): Promise<{ seenNs?: number; last: string }> {
  const endNs = context.nowNs() + budgetMs * 1e6;
  for (;;) {
    const last = readOrReason(file);
    if (last === text) return { seenNs: context.nowNs(), last };
    if (context.nowNs() > endNs || context.signal.aborted) return { last };
    await sleep(AGAIN_MS);
  }
}

/** Changes a file under its name: in place, or by a rename over it. */
export function putText({ file, text, replace }: { file: string; text: string; replace: boolean }): void {
  if (!replace) return fs.writeFileSync(file, text);
  fs.writeFileSync(`${file}.next`, text);
  fs.renameSync(`${file}.next`, file);
}

function readOrReason(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    return messageOf(error);
  }
}
