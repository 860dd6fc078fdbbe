import fs from "node:fs";
import path from "node:path";
import { setImmediate as yieldToEvents } from "node:timers/promises";
import type { TaskContext } from "../../../../agent/protocol.ts";
import { systemCode } from "../../../../core/errors.ts";
import { waitUntil } from "../look.ts";

/** When one process held the lock: [after it was granted, before it was given back], nanoseconds of the agent. */
export type HeldInterval = [fromNs: number, toNs: number];

const HOLD_NS = 200_000;
const PAUSE_MS = 0.1;

/** Takes and gives back an exclusive flock(2) until the time is over; two holders at once show as overlapping intervals. */
export async function lockLoop(
  { file, fromNs, durationMs }: { file: string; fromNs: number; durationMs: number },
  context: TaskContext,
): Promise<{ held: HeldInterval[]; refused: number }> {
  const native = context.native();
  const fd = fs.openSync(file, "r+");
  const held: HeldInterval[] = [];
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let refused = 0;
  try {
    await waitUntil(fromNs, context);
    const endNs = fromNs + durationMs * 1e6;
    while (context.nowNs() < endNs && !context.signal.aborted) {
      if (native.flock(fd, "exclusive", false)) {
        const grantedNs = context.nowNs();
        while (context.nowNs() - grantedNs < HOLD_NS);
        held.push([grantedNs, context.nowNs()]);
        native.flock(fd, "unlock", true);
      } else refused++;
      // Who has just had the lock would have it again: the other side needs a moment in which it is free.
      Atomics.wait(pause, 0, 0, PAUSE_MS);
      await yieldToEvents();
    }
    return { held, refused };
  } finally {
    fs.closeSync(fd);
  }
}

/** Tries to make each name with O_EXCL at its own time, in a race with another process; returns the names that it made. */
export async function createRace(
  { directory, names, fromNs, spacingNs }: { directory: string; names: string[]; fromNs: number; spacingNs: number },
  context: TaskContext,
): Promise<{ won: string[]; errors: Record<string, number> }> {
  const won: string[] = [];
  const errors: Record<string, number> = {};
  for (const [index, name] of names.entries()) {
    await waitUntil(fromNs + index * spacingNs, context);
    if (context.signal.aborted) break;
    try {
      fs.closeSync(fs.openSync(path.join(directory, name), "wx"));
      won.push(name);
    } catch (error) {
      const code = systemCode(error) ?? "unknown";
      if (code !== "EEXIST") errors[code] = (errors[code] ?? 0) + 1;
    }
  }
  return { won, errors };
}
