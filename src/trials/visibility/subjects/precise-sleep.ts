import { performance } from "node:perf_hooks";

/** Timers have a grain of 1 ms and fire up to that much early or late. */
const TIMER_ERROR_MS = 1.5;

/** Milliseconds on the monotonic clock that `sleepUntil` goes by. */
export const monotonicMs = (): number => performance.now();

/** Resolves at `dueMs` of `monotonicMs`, to some tens of microseconds on an idle processor; spins for the last 1.5 ms. */
export async function sleepUntil(dueMs: number): Promise<void> {
  const coarseMs = dueMs - monotonicMs() - TIMER_ERROR_MS;
  if (coarseMs > 0) await new Promise((resolve) => setTimeout(resolve, coarseMs));
  while (monotonicMs() < dueMs) await new Promise((resolve) => setImmediate(resolve));
}
