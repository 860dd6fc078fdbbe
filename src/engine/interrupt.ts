/** The reason of everything that stops because a person asked for it. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** Who asked: a signal's name, or whatever the caller says. */
  readonly by: string;
  constructor(by: string) {
    super(`interrupted by ${by}`);
    this.by = by;
  }
}

/** Turns signals into an orderly end. It knows no process: the composition root wires it. */
export interface InterruptController {
  /** Aborted by the first interrupt, with an `Interrupted` as its reason. */
  readonly signal: AbortSignal;
  /** `first`: the run now heals, cleans up and reports. `again`: the person wants out at once, whatever is left. */
  interrupt(by: string): "first" | "again";
}

/** One for the life of a lab. */
export function createInterruptController(): InterruptController {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    interrupt: (by) => {
      if (controller.signal.aborted) return "again";
      controller.abort(new Interrupted(by));
      return "first";
    },
  };
}
