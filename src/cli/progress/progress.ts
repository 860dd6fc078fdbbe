import type { Reporter } from "../../engine/reporter.ts";

/** Tells a waiting person how a run goes. */
export interface Progress extends Reporter {
  /** One line that stays, from outside the run. */
  say(line: string): void;
  /** Takes away what does not stay. */
  close(): void;
}
