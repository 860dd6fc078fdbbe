import { driverError } from "../errors.ts";

/** Work that goes on when its caller has left, but not when the driver has. */
export class Work {
  readonly #running = new Set<AbortController>();

  /** Does it with a signal that is aborted after `limitMs`, and when the driver ends. */
  async run<Result>(limitMs: number, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const controller = new AbortController();
    this.#running.add(controller);
    const late = setTimeout(
      () => controller.abort(driverError("COMMAND_LATE", `the storage has not answered within ${limitMs} ms`)),
      limitMs,
    );
    try {
      return await work(controller.signal);
    } finally {
      clearTimeout(late);
      this.#running.delete(controller);
    }
  }

  /** Gives up all that is under way. */
  close(): void {
    for (const running of this.#running) running.abort(driverError("DRIVER_ENDING", "the driver was told to end"));
  }
}
