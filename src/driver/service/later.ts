const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** Tries again what could not be done, less and less often, until it is told to forget it. */
export class Later {
  readonly #attempt: (name: string) => Promise<void>;
  readonly #tries = new Map<string, { timer: NodeJS.Timeout; pauseMs: number }>();
  #isClosed = false;

  /** What `attempt` throws was told already. */
  constructor(attempt: (name: string) => Promise<void>) {
    this.#attempt = attempt;
  }

  get size(): number {
    return this.#tries.size;
  }

  try(name: string, afterMs: number): void {
    this.#schedule(name, afterMs, FIRST_PAUSE_MS);
  }

  tryAgain(name: string): void {
    const pauseMs = this.#tries.get(name)?.pauseMs ?? FIRST_PAUSE_MS;
    this.#schedule(name, pauseMs, Math.min(pauseMs * 2, LONGEST_PAUSE_MS));
  }

  forget(name: string): void {
    clearTimeout(this.#tries.get(name)?.timer);
    this.#tries.delete(name);
  }

  close(): void {
    this.#isClosed = true;
    for (const name of [...this.#tries.keys()]) this.forget(name);
  }

  #schedule(name: string, afterMs: number, pauseMs: number): void {
    clearTimeout(this.#tries.get(name)?.timer);
    if (this.#isClosed) return;
    const timer = setTimeout(() => void this.#attempt(name).catch(() => undefined), afterMs);
    this.#tries.set(name, { timer, pauseMs });
  }
}
