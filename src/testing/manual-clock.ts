import { setImmediate as nextTurn } from "node:timers/promises";
import type { SystemClock } from "../core/clock.ts";

/** A clock that stands still until it is turned. */
export interface ManualClock extends SystemClock {
  /** Lets `durationMs` pass: wakes sleepers in the order of their time and lets each react before the next. */
  advance(durationMs: number): Promise<void>;
}

interface Sleeper {
  dueNs: number;
  wake(): void;
}

/** Starts at 0; its wall time starts at `wallTime`. */
export function createManualClock(wallTime: Date = new Date(0)): ManualClock {
  let nowNs = 0;
  const sleepers = new Set<Sleeper>();

  const sleep = (durationMs: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const end = (settle: () => void) => {
        sleepers.delete(sleeper);
        signal.removeEventListener("abort", abort);
        settle();
      };
      const abort = () => end(() => reject(signal.reason as Error));
      const sleeper = { dueNs: nowNs + durationMs * 1e6, wake: () => end(resolve) };
      sleepers.add(sleeper);
      signal.addEventListener("abort", abort, { once: true });
    });
  const advance = async (durationMs: number) => {
    const untilNs = nowNs + durationMs * 1e6;
    await nextTurn();
    for (let next = earliest(sleepers); next && next.dueNs <= untilNs; next = earliest(sleepers)) {
      nowNs = Math.max(nowNs, next.dueNs);
      next.wake();
      await nextTurn();
    }
    nowNs = untilNs;
  };
  return {
    originNs: 0n,
    nowNs: () => nowNs,
    wallTime: () => new Date(wallTime.getTime() + nowNs / 1e6),
    sleep,
    advance,
  };
}

function earliest(sleepers: ReadonlySet<Sleeper>): Sleeper | undefined {
  return [...sleepers].sort((a, b) => a.dueNs - b.dueNs)[0];
}
