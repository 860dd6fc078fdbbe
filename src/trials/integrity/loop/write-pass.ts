import path from "node:path";
import { stampBlock } from "../blocks/format.ts";
import type { BlockSubject } from "../blocks/subject.ts";
import { BLOCK_BYTES } from "../model.ts";
import { alignedBuffer } from "../tasks/aligned-memory.ts";
import type { LoopSettings } from "./config.ts";
import { createDataFile, type DataFile, openDataFile, refusalOf } from "./data-file.ts";
import { type LoopTools, noteProgress, pause } from "./loop-tools.ts";
import { LOOP_REGION } from "./region.ts";

/** One write of the whole data file. */
export interface WritePass {
  settings: Pick<LoopSettings, "filePath" | "blockBytes" | "direct" | "sync" | "rateBytesPerSecond">;
  subject: BlockSubject;
  generation: number;
  /** Of the generation: that in which it was announced. */
  epoch: number;
  /** From the beginning of the file; a multiple of `BLOCK_BYTES`. */
  sizeBytes: number;
  /** Only where nothing was ever durable: a file that is gone is evidence. */
  mayCreate: boolean;
}

/** done: written and synced. failed: a call was refused, and nobody knows how much of the pass is on the disk. */
export type WriteEnd =
  | { ended: "done"; writtenBytes: number; isDirect: boolean }
  | { ended: "abandoned"; writtenBytes: number }
  | { ended: "failed"; writtenBytes: number; call: "open" | "write" | "sync"; systemCode: string; position: number };

/** Bounds what a last sync has to bring to the disk, and so how long the end of the process takes. */
const SYNC_EVERY_BYTES = 64 * 2 ** 20;

/** @throws INTEGRITY_LOOP_DIRECT; what the storage refuses is an end, not an error */
export async function writePass(pass: WritePass, tools: LoopTools): Promise<WriteEnd> {
  const progress: Progress = { call: "open", position: 0 };
  let file: DataFile | undefined;
  try {
    if (pass.mayCreate) await createDataFile(pass.settings.filePath, path.dirname(pass.settings.filePath));
    file = await openDataFile(pass.settings.filePath, { ...pass.settings, access: "write" });
    const whole = await writeSlots(pass, file, progress, tools);
    if (!whole) return { ended: "abandoned", writtenBytes: progress.position };
    return { ended: "done", writtenBytes: progress.position, isDirect: file.isDirect };
  } catch (error) {
    const code = refusalOf(error);
    if (code === undefined) throw error;
    return { ended: "failed", writtenBytes: progress.position, ...progress, systemCode: code };
  } finally {
    await file?.close().catch(() => {});
  }
}

interface Progress {
  call: "open" | "write" | "sync";
  /** Bytes written, and where the next go. */
  position: number;
}

/** Answers whether all was written and synced before the process was asked to end. */
async function writeSlots(pass: WritePass, file: DataFile, progress: Progress, tools: LoopTools): Promise<boolean> {
  const { sizeBytes, settings } = pass;
  const { clock, signal, metrics } = tools;
  const slots = alignedBuffer(settings.blockBytes);
  const beganNs = clock.nowNs();
  let unsyncedBytes = 0;
  while (progress.position < sizeBytes) {
    if (signal.aborted) return false;
    const slot = slots.subarray(0, Math.min(settings.blockBytes, sizeBytes - progress.position));
    stampAt(pass, slot, progress.position, clock.nowNs());
    progress.call = "write";
    await file.write(slot, progress.position);
    progress.position += slot.length;
    unsyncedBytes += slot.length;
    metrics.writtenBytes.add(slot.length);
    noteProgress(tools);
    if (unsyncedBytes >= SYNC_EVERY_BYTES || progress.position === sizeBytes) {
      await sync(file, progress, tools);
      unsyncedBytes = 0;
    }
    await keepRate(pass, progress.position, beganNs, tools);
  }
  return true;
}

/** A pass is one step: its number is the generation's. */
function stampAt({ subject, generation, epoch }: WritePass, slot: Buffer, position: number, timeNs: number): void {
  const identity = { region: LOOP_REGION, generation, sequence: generation, epoch, timeNs };
  for (let at = 0; at < slot.length; at += BLOCK_BYTES)
    stampBlock(slot, at, subject, { ...identity, block: (position + at) / BLOCK_BYTES });
}

async function sync(file: DataFile, progress: Progress, { clock, metrics }: LoopTools): Promise<void> {
  progress.call = "sync";
  const beganNs = clock.nowNs();
  await file.sync();
  metrics.syncSeconds.observe((clock.nowNs() - beganNs) / 1e9);
}

async function keepRate(
  { settings: { rateBytesPerSecond } }: WritePass,
  writtenBytes: number,
  beganNs: number,
  tools: LoopTools,
): Promise<void> {
  if (rateBytesPerSecond === undefined) return;
  const aheadMs = (writtenBytes / rateBytesPerSecond) * 1e3 - (tools.clock.nowNs() - beganNs) / 1e6;
  if (aheadMs > 0) await pause(tools, aheadMs);
}
