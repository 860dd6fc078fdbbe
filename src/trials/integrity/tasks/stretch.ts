import type { WriteResult } from "../model.ts";
import { CallFailed } from "./failing-calls.ts";
import type { WriteManner } from "./slot-writers.ts";
import type { WorkerPromises } from "./promises.ts";

const FAILED_STEPS_LIMIT = 20;

/** What has come of a stretch of steps so far. */
export class Stretch {
  readonly #manner: WriteManner;
  readonly #failures: WriteResult["failures"] = [];
  readonly #beganMs = performance.now();
  #failureCount = 0;
  #writtenBytes = 0;
  #givenUp = false;
  /** Steps below have begun. */
  reached: number;

  constructor(manner: WriteManner, from: number) {
    this.#manner = manner;
    this.reached = from;
  }

  /** After a failed sync, or many failed writes: more of it would say nothing new. */
  get givenUp(): boolean {
    return this.#givenUp;
  }

  get hasFailed(): boolean {
    return this.#failureCount > 0;
  }

  written(sizeBytes: number): void {
    this.#writtenBytes += sizeBytes;
  }

  /** @throws whatever is no failure of a system call */
  failed(step: number, error: unknown): CallFailed {
    if (!(error instanceof CallFailed)) throw error;
    const { call, systemCode } = error;
    this.#failureCount++;
    if (this.#failures.length < FAILED_STEPS_LIMIT) this.#failures.push({ step, call, systemCode });
    if (call === "sync" || this.#failureCount >= FAILED_STEPS_LIMIT) this.#givenUp = true;
    return error;
  }

  result(promises: WorkerPromises): WriteResult {
    return {
      reached: this.reached,
      synced: promises.synced,
      doomed: promises.takeDoomed(),
      failures: this.#failures,
      failureCount: this.#failureCount,
      writtenBytes: this.#writtenBytes,
      writeNs: this.#manner.writeNs.take(),
      syncNs: this.#manner.syncNs.take(),
      durationNs: Math.round((performance.now() - this.#beganMs) * 1e6),
    };
  }
}
