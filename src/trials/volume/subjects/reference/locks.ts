/** One lock for each volume, handed on in the order in which it was asked for. */
export class Locks {
  readonly #tails = new Map<string, Promise<void>>();

  /**
   * Works on `volume` once everybody who came before is done, however that ended. Whoever has given up by then is
   * passed over.
   */
  async with<T>(volume: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(volume) ?? Promise.resolve();
    const done = before.then(() => {
      signal.throwIfAborted();
      return work();
    });
    const tail = done.then(
      () => undefined,
      () => undefined,
    );
    this.#tails.set(volume, tail);
    try {
      return await done;
    } finally {
      if (this.#tails.get(volume) === tail) this.#tails.delete(volume);
    }
  }
}
