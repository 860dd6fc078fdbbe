import { messageOf } from "../../../core/errors.ts";
import { formatQuantity } from "../../../core/quantity.ts";
import { BLOCK_BYTES } from "../model.ts";
import type { LoopSettings } from "./config.ts";
import { nextPattern, payloadOf } from "./loop-subject.ts";
import type { LoopTools } from "./loop-tools.ts";
import { durableEnd } from "./region.ts";
import { judgingOf, type LoopSession } from "./session.ts";
import { retireLeftState } from "./take-over.ts";
import { dataFileBytes, lookAtShape } from "./verify-pass.ts";
import { type WriteEnd, writePass } from "./write-pass.ts";

/** misshapen: the file is not what was promised, so that nothing was written. */
export type WriteOutcome = WriteEnd["ended"] | "misshapen";

/**
 * Writes the whole file once: announced in the journal, written, synced, and said to be durable there. What the storage
 * refuses is told and left to the next iteration.
 */
export async function writeStep(session: LoopSession, settings: LoopSettings, tools: LoopTools): Promise<WriteOutcome> {
  const { clock, metrics, log } = tools;
  const { journal } = session.hold;
  const shape = await lookAtShape({ settings, state: journal.state, judging: judgingOf(session) });
  if (shape.length > 0) return "misshapen";
  const sizeBytes = await bytesToWrite(session, settings);
  const pattern = payloadOf(nextPattern(journal.state, settings.patterns));
  const mayCreate = durableEnd(journal.state) === 0;
  const generation = journal.intent([[0, sizeBytes]], pattern);
  metrics.generation.set(generation, { state: "issued" });
  const beganNs = clock.nowNs();
  const { epoch } = journal.state;
  const end = await writePass({ settings, subject: session.subject, generation, epoch, sizeBytes, mayCreate }, tools);
  const tookNs = clock.nowNs() - beganNs;
  const about = { generation, pattern, writtenBytes: end.writtenBytes, took: formatQuantity(tookNs, "ns") };
  if (end.ended === "done") {
    journal.synced(generation);
    metrics.generation.set(generation, { state: "durable" });
    metrics.writeSeconds.observe(tookNs / 1e9);
    log("info", "write-done", { ...about, path: end.isDirect ? "direct" : "buffered" });
    await retireOriginal(session, log);
  } else if (end.ended === "abandoned") log("info", "write-abandoned", about);
  else {
    const { call, systemCode, position } = end;
    journal.error({ call, systemCode, extents: [[0, sizeBytes]] });
    log("error", "write-failed", { ...about, call, systemCode, offsetBytes: position, meaning: meaningOf(systemCode) });
  }
  metrics.writes.add(1, { outcome: end.ended === "done" ? "ok" : end.ended });
  return end.ended;
}

/** The first write over what the original left covers all of it, so that nothing unknown stays. */
async function bytesToWrite({ before, hold }: LoopSession, { sizeBytes, filePath }: LoopSettings): Promise<number> {
  if (before.kind === "nothing" || durableEnd(hold.journal.state) > 0) return sizeBytes;
  const there = (await dataFileBytes(filePath)) ?? 0;
  return Math.max(sizeBytes, Math.ceil(there / BLOCK_BYTES) * BLOCK_BYTES);
}

/** What the original left is no longer true of the data. */
async function retireOriginal(session: LoopSession, log: LoopTools["log"]): Promise<void> {
  const { left } = session;
  session.left = {};
  session.before = { kind: "nothing" };
  if (!left.wal && !left.last) return;
  try {
    log("info", "original-state-retired", { files: await retireLeftState(left) });
  } catch (error) {
    log("warn", "original-state-not-retired", { detail: messageOf(error) });
  }
}

const MEANINGS: Readonly<Record<string, string>> = {
  ENOSPC: "the file system is full",
  EDQUOT: "the quota is used up",
  EFBIG: "the file would be larger than is allowed",
  EROFS: "the file system is read-only",
  EIO: "the device has failed",
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  ENOENT: "the file or its directory is gone",
  ESTALE: "the server does not know the file any more",
  ETIMEDOUT: "the server does not answer",
};

function meaningOf(code: string): string {
  return MEANINGS[code] ?? "the storage refused";
}
