/** Where time comes from. Trials and the engine never read another clock, so that tests can turn this one by hand. */
export interface Clock {
  /** Monotonic nanoseconds since the clock's own origin. Exact as an integer for 104 days. */
  nowNs(): number;
  /** Wall time, for people and file names only; never subtracted. */
  wallTime(): Date;
  /** Resolves after `durationMs`; rejects with the signal's reason when it is aborted first. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
}

/** A clock that also tells where its origin lies on CLOCK_MONOTONIC, so that another process on this kernel can share it. */
export interface SystemClock extends Clock {
  /** CLOCK_MONOTONIC nanoseconds (what `process.hrtime.bigint()` reads on Linux) at `nowNs() === 0`. */
  readonly originNs: bigint;
}

/** This machine's monotonic clock; labs and agents that are given the same `originNs` share one time line. */
export function createSystemClock(originNs: bigint = process.hrtime.bigint()): SystemClock {
  return {
    originNs,
    nowNs: () => Number(process.hrtime.bigint() - originNs),
    wallTime: () => new Date(),
    sleep: (durationMs, signal) => sleepFor(durationMs, signal),
  };
}

function sleepFor(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    if (signal.aborted) return reject(signal.reason as Error);
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, durationMs);
    signal.addEventListener("abort", abort, { once: true });
  });
}
