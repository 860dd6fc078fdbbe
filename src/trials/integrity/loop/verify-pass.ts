import fs from "node:fs/promises";
import { messageOf, systemCode } from "../../../core/errors.ts";
import { createDamageLog, type DamageTally } from "../blocks/damage-log.ts";
import type { JournalState } from "../journal/records.ts";
import { type AllowedStretch, allowedStretches } from "../journal/state.ts";
import { BLOCK_BYTES, type Damage, type ReadPath } from "../model.ts";
import { alignedBuffer } from "../tasks/aligned-memory.ts";
import type { LoopSettings } from "./config.ts";
import { type DataFile, openDataFile, refusalOf } from "./data-file.ts";
import { type BlockJudge, boundsIn, judgeFor, type JudgeContext } from "./judge-block.ts";
import { loopError } from "./errors.ts";
import { type LoopTools, noteProgress } from "./loop-tools.ts";
import { durableEnd, LOOP_REGION, writtenEnd } from "./region.ts";

/** One verification of the whole data file. */
export interface VerifyPass {
  settings: Pick<LoopSettings, "filePath" | "direct" | "sync" | "sizeBytes" | "verifyPath">;
  state: JournalState;
  judging: JudgeContext;
}

/** How it ended; an abandoned one tells what it had found by then. */
export interface Verified extends DamageTally {
  ended: "whole" | "abandoned";
  /** Blocks that were judged. */
  blocks: number;
  readBytes: number;
  /** Blocks that hold pieces of several writes, where that is right. */
  inFlightBlocks: number;
  path: ReadPath;
}

const CHUNK_BYTES = 2 ** 20;
const TOLD_STRETCHES = 200;
/** Refusals to open that say nothing of what is stored. */
const NOT_THE_STORAGE = ["EACCES", "EPERM", "EMFILE", "ENFILE", "ENOMEM"];

/** @throws INTEGRITY_LOOP_DIRECT, INTEGRITY_LOOP_UNREADABLE; what the storage refuses is damage, not an error */
export async function verifyPass(pass: VerifyPass, tools: LoopTools): Promise<Verified> {
  const { state, settings } = pass;
  const found = await openForReading(settings);
  const stretches = allowedStretches(state);
  const log = createDamageLog(TOLD_STRETCHES);
  const reading: Reading = { blocks: 0, readBytes: 0, inFlightBlocks: 0, add: (damage) => log.add(damage) };
  let whole = true;
  if ("file" in found)
    try {
      for (const stretch of stretches) whole &&= await readStretch(pass, stretch, found, reading, tools);
    } finally {
      await found.file.close().catch(() => {});
    }
  for (const damage of wrongShape(pass, found)) log.add(damage);
  const promisedBlocks = new Map([[LOOP_REGION, durableEnd(state) / BLOCK_BYTES]]);
  const { blocks, readBytes, inFlightBlocks } = reading;
  const boundsOf = (_: number, block: number) => {
    const stretch = stretches.find(({ from, to }) => from <= block * BLOCK_BYTES && block * BLOCK_BYTES < to);
    return stretch && boundsIn(stretch, pass.judging);
  };
  const path = "file" in found && found.file.isDirect ? "direct" : "buffered";
  return {
    ended: whole ? "whole" : "abandoned",
    blocks,
    readBytes,
    inFlightBlocks,
    path,
    ...log.finish({ boundsOf, promisedBlocks }),
  };
}

/** Whether the file is shorter or longer than it may be, or gone; found without reading it. */
export async function lookAtShape(pass: VerifyPass): Promise<Damage[]> {
  const found = await openForReading(pass.settings);
  if ("file" in found) await found.file.close();
  return wrongShape(pass, found);
}

interface Reading {
  blocks: number;
  readBytes: number;
  inFlightBlocks: number;
  add(damage: Damage): void;
}

type Found = { file: DataFile; sizeBytes: number } | { systemCode: string };

async function openForReading({ filePath, direct, sync, verifyPath }: VerifyPass["settings"]): Promise<Found> {
  const wanted = verifyPath === "buffered" ? "off" : verifyPath === "direct" ? "on" : direct;
  try {
    const file = await openDataFile(filePath, { access: "read", direct: wanted, sync });
    return { file, sizeBytes: await file.sizeBytes() };
  } catch (error) {
    const code = refusalOf(error);
    if (code === undefined) throw error;
    if (NOT_THE_STORAGE.includes(code))
      throw loopError("INTEGRITY_LOOP_UNREADABLE", `${filePath}: ${messageOf(error)}`, { cause: error });
    return { systemCode: code };
  }
}

function wrongShape({ state, settings, judging }: VerifyPass, found: Found): Damage[] {
  const mustEnd = durableEnd(state) || (judging.before.kind === "finished" ? settings.sizeBytes : 0);
  const stretch = (kind: Damage["kind"], from: number, to: number, more: Partial<Damage> = {}): Damage => {
    const block = Math.floor(from / BLOCK_BYTES);
    const allowed = { low: state.durable[0]?.generation ?? 0, high: state.generation };
    return { kind, region: LOOP_REGION, block, blocks: Math.ceil(to / BLOCK_BYTES) - block, allowed, ...more };
  };
  if (!("file" in found)) {
    const gone = found.systemCode === "ENOENT";
    if (gone && mustEnd === 0) return [];
    return [stretch(gone ? "missing" : "io-error", 0, mustEnd || settings.sizeBytes, { systemCode: found.systemCode })];
  }
  const { sizeBytes } = found;
  if (sizeBytes < durableEnd(state)) return [stretch("truncated", sizeBytes, durableEnd(state), { sizeBytes })];
  const mayEnd = writtenEnd(state);
  if (durableEnd(state) > 0 && sizeBytes > mayEnd) return [stretch("extended", mayEnd, sizeBytes, { sizeBytes })];
  return [];
}

/** Answers whether it came to the stretch's end, or the file's, before the process was asked to end. */
async function readStretch(
  { judging }: VerifyPass,
  stretch: AllowedStretch,
  { file, sizeBytes }: { file: DataFile; sizeBytes: number },
  reading: Reading,
  tools: LoopTools,
): Promise<boolean> {
  const judge = judgeFor(stretch, judging);
  if (!judge) return true;
  const chunk = alignedBuffer(CHUNK_BYTES);
  const end = Math.min(stretch.to, sizeBytes - (sizeBytes % BLOCK_BYTES));
  for (let at = stretch.from; at < end; at += CHUNK_BYTES) {
    if (tools.signal.aborted) return false;
    const wanted = chunk.subarray(0, Math.min(CHUNK_BYTES, end - at));
    await readChunk(file, wanted, at, judge, reading);
    tools.metrics.verifiedBytes.add(wanted.length);
    noteProgress(tools);
  }
  return true;
}

/** Where a chunk cannot be read as a whole, block by block tells which part it is. */
async function readChunk(
  file: DataFile,
  chunk: Buffer,
  at: number,
  judge: BlockJudge,
  reading: Reading,
): Promise<void> {
  try {
    const got = await file.read(chunk, at);
    reading.readBytes += got;
    judgeBlocks(chunk.subarray(0, got - (got % BLOCK_BYTES)), at / BLOCK_BYTES, judge, reading);
  } catch (error) {
    const code = refusalOf(error);
    if (code === undefined) throw error;
    if (chunk.length > BLOCK_BYTES) {
      for (let offset = 0; offset < chunk.length; offset += BLOCK_BYTES)
        await readChunk(file, chunk.subarray(offset, offset + BLOCK_BYTES), at + offset, judge, reading);
      return;
    }
    const block = at / BLOCK_BYTES;
    reading.add({
      kind: "io-error",
      region: LOOP_REGION,
      block,
      blocks: 1,
      allowed: { low: 0, high: 0 },
      systemCode: code,
    });
  }
}

function judgeBlocks(bytes: Buffer, firstBlock: number, judge: BlockJudge, reading: Reading): void {
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const judgement = judge(bytes, at, firstBlock + at / BLOCK_BYTES);
    reading.blocks++;
    if (judgement.is === "in-flight") reading.inFlightBlocks++;
    else if (judgement.is === "damaged") reading.add(judgement.damage);
  }
}

/** Size of the data file; `undefined` when there is none. */
export async function dataFileBytes(file: string): Promise<number | undefined> {
  try {
    return (await fs.stat(file)).size;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
