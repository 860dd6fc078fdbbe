/** Steps [from, to). */
type Steps = [from: number, to: number];

/**
 * What one worker may claim in one session: how far syncs that succeeded reach, and which steps they say nothing of.
 * After a failed sync nobody knows what became of the data it covered, and a later success does not tell.
 */
export class WorkerPromises {
  #synced: number;
  /** Steps below are decided: covered by a sync that succeeded, or doomed by one that failed. */
  #decided: number;
  #doomed: Steps[] = [];

  constructor(firstStep: number) {
    this.#synced = firstStep;
    this.#decided = firstStep;
  }

  get synced(): number {
    return this.#synced;
  }

  /** A sync has succeeded that was submitted when all steps below `step` were done. */
  syncedTo(step: number): void {
    this.#synced = step;
    this.#decided = step;
  }

  /** A sync has failed that was submitted when all steps below `step` were done. */
  syncFailed(step: number): void {
    this.#doom([this.#decided, step]);
    this.#decided = step;
  }

  /** A step's own write has failed. */
  writeFailed(step: number): void {
    this.#doom([step, step + 1]);
  }

  /** Doomed steps that no stretch has told of yet. */
  takeDoomed(): Steps[] {
    const doomed = this.#doomed;
    this.#doomed = [];
    return doomed;
  }

  #doom([from, to]: Steps): void {
    if (from >= to) return;
    const apart = this.#doomed.filter(([, end]) => end < from);
    const met = this.#doomed.slice(apart.length);
    this.#doomed = [...apart, [Math.min(from, ...met.map(([start]) => start)), to]];
  }
}
