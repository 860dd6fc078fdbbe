import { monotonicMs, sleepUntil } from "../precise-sleep.ts";

/** Does things a fixed time after they are put in, in order. */
export class DelayLine {
  readonly #delayMs: () => number;
  readonly #onDefect: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();

  constructor(delayMs: () => number, onDefect: (error: unknown) => void) {
    this.#delayMs = delayMs;
    this.#onDefect = onDefect;
  }

  put(act: () => void): void {
    const dueMs = monotonicMs() + this.#delayMs();
    this.#last = this.#last
      .then(() => sleepUntil(dueMs))
      .then(act)
      .catch(this.#onDefect);
  }
}
