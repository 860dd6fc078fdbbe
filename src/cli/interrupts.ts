import { createInterruptController } from "../engine/interrupt.ts";
import { exitCodeOfSignal } from "./exit-code.ts";
import type { EndingSignal, Surroundings } from "./surroundings.ts";

/** Who tells a person of an interrupt, and what would be left behind by a second one. */
export interface InterruptedWork {
  say(line: string): void;
  /** What is not undone yet, one line each. */
  pending(): string[];
}

/** Signals, turned into an orderly end of some work. */
export interface Interrupts {
  readonly signal: AbortSignal;
  /** The first signal that came. */
  by(): EndingSignal | undefined;
  /** Who is to be told from now on. */
  concern(work: InterruptedWork): void;
  /** Signals end the process by themselves again. */
  close(): void;
}

/** The first signal aborts; a second one ends the process at once and says what was skipped. */
export function listenForInterrupts(surroundings: Surroundings): Interrupts {
  const controller = createInterruptController();
  let by: EndingSignal | undefined;
  let work: InterruptedWork | undefined;
  const hear = (signal: EndingSignal) => {
    by ??= signal;
    if (controller.interrupt(signal) === "first") {
      work?.say(`${signal}: healing, cleaning up and writing what there is. Once more ends at once, whatever is left.`);
      return;
    }
    const left = work?.pending() ?? [];
    for (const what of left) work?.say(`not undone: ${what}`);
    if (left.length > 0) work?.say("`seatrial sweep` removes what is left.");
    surroundings.exit(exitCodeOfSignal(signal));
  };
  const close = surroundings.onSignal(hear);
  return { signal: controller.signal, by: () => by, concern: (concerned) => void (work = concerned), close };
}
