/** How a job of a thread is stopped: the thread hears no message while it works. */
export type StopFlag = Int32Array;

/** A flag that crosses to a thread. */
export function createStopFlag(): StopFlag {
  return new Int32Array(new SharedArrayBuffer(4));
}

/** Ends the job that has the flag, soon, and its waits at once. */
export function raise(flag: StopFlag): void {
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
}

/** Whether the job shall end. */
export function isRaised(flag: StopFlag): boolean {
  return Atomics.load(flag, 0) !== 0;
}

/** Holds a thread back to a number of bytes per second, from its own beginning on. */
export class Pace {
  readonly #bytesPerSecond: number;
  readonly #beganMs = performance.now();
  #bytes = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Counts what was written. */
  spend(bytes: number): void {
    this.#bytes += bytes;
  }

  /** For how long too much was written already; negative when there is time to catch up. */
  get aheadMs(): number {
    return (this.#bytes / this.#bytesPerSecond) * 1e3 - (performance.now() - this.#beganMs);
  }

  /** Blocks the thread for as long as it is ahead, unless `flag` is raised. */
  hold(flag: StopFlag): void {
    const { aheadMs } = this;
    if (aheadMs > 0) Atomics.wait(flag, 0, 0, aheadMs);
  }
}
