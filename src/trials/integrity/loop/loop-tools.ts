import type { Clock } from "../../../core/clock.ts";
import type { Log } from "../../../core/log.ts";
import type { LoopMetrics } from "./metrics.ts";

/** What every part of the loop works with. */
export interface LoopTools {
  clock: Clock;
  /** Aborted when the process is asked to end; what is in hand then ends between two transfers. */
  signal: AbortSignal;
  log: Log;
  metrics: LoopMetrics;
}

/** Resolves after `durationMs`, or sooner when the signal is aborted. */
export async function pause({ clock, signal }: Pick<LoopTools, "clock" | "signal">, durationMs: number): Promise<void> {
  try {
    await clock.sleep(durationMs, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Notes that data has just moved, for whoever wonders whether the loop hangs. */
export function noteProgress({ clock, metrics }: Pick<LoopTools, "clock" | "metrics">): void {
  metrics.lastProgress.set(unixSeconds(clock));
}

/** Wall time as metrics give it. */
export function unixSeconds({ wallTime }: Pick<Clock, "wallTime">): number {
  return wallTime().getTime() / 1000;
}
