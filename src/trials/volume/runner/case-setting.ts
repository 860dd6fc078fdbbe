import type { Clock } from "../../../core/clock.ts";
import type { Random } from "../../../core/random.ts";
import type { Scale } from "../cases/case.ts";
import type { Subject } from "../subject.ts";

/** What a case is tried with. */
export interface CaseSetting {
  subject: Subject;
  scale: Scale;
  /** Of every call, in milliseconds. */
  deadlineMs: number;
  /** Of the trial; each case draws from its own fork. */
  random: Random;
  clock: Clock;
  signal: AbortSignal;
  /** A case that takes longer is broken off, in milliseconds; half an hour and a minute for each round on an engine unless told. */
  limitMs?: number;
}
