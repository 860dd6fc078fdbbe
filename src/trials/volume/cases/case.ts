import type { Clock } from "../../../core/clock.ts";
import type { Random } from "../../../core/random.ts";
import type { Answer, DriverClient } from "../client.ts";
import type { Timing, VolumeOptions } from "../model.ts";
import type { Subject } from "../subject.ts";

/** Groups of the conformance table. */
export const GROUPS = {
  P: "Protocol",
  C: "Create",
  N: "Names",
  G: "Get, list, path",
  M: "Mount and unmount",
  D: "Data",
  R: "Remove",
  X: "Crash and restart",
  E: "Through the engine",
  S: "Security",
} as const;

/** critical: loss of data, escape from the volume, a host that hangs. high: unavailable or leaking. low: advice. */
export const SEVERITIES = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof SEVERITIES)[number];

/**
 * What a case needs of the subject beside its socket. mounts: the suite sees what the driver mounts; process: it can stop,
 * kill and start the driver; back-end: it can break and heal what the driver stands on; peer: another host with the same
 * back end; fresh: a second driver of the same kind with a state of its own; engine: an engine that knows the driver, and needs
 no socket; engine-process: that engine can be stopped, killed and started.
 */
export const NEEDS = ["mounts", "process", "back-end", "peer", "fresh", "engine", "engine-process"] as const;
export type Need = (typeof NEEDS)[number];

/** One row of the conformance table. */
export interface VolumeCase {
  /** Group letter and two digits: `M06`. */
  id: string;
  title: string;
  severity: Severity;
  /** What is done, in the words of an engineer who reads a report. */
  action: string;
  /** What must hold, as a sentence that is true when the case passes. */
  requirement: string;
  /** Why: what an engine does with a driver that breaks it. */
  reason: string;
  needs: readonly Need[];
  /** Rows of the original test matrix that it stands for, 1 to 11. */
  original?: readonly number[];
  /** Tries it. A `CaseEnded` thrown by `demand` ends it early; any other error is the suite's own. */
  run(context: CaseContext): Promise<void>;
}

/** How much is asked of the driver. */
export interface Scale {
  /** Calls in flight at once where a case says "many". */
  concurrency: number;
  /** How often an idempotent call is repeated. */
  repeats: number;
  /** Volumes where a case says "very many". */
  volumes: number;
  /** Rounds of a random case. */
  rounds: number;
  /** Rounds on an engine: of ten containers at once, and of random work with a kill in it. */
  engineRounds: number;
  /** Containers that append to one file, and how many records each of them. */
  writers: number;
  records: number;
  /**
   * How long a case waits for what a driver may take until its deadline to do, in milliseconds. A case that has run out of
   * it before the deadline is skipped: nothing is known then.
   */
  patienceMs: number;
}

/** What a case works with. Volumes it names are unmounted and removed after it, whatever happened. */
export interface CaseContext {
  /** With all that the case's `needs` ask for. */
  subject: Subject;
  /** The subject's client, which records every exchange of this case. */
  driver: DriverClient;
  scale: Scale;
  /** No call may take longer, in milliseconds. */
  deadlineMs: number;
  random: Random;
  clock: Clock;
  signal: AbortSignal;
  /** A new name that any driver takes, 20 characters at most. */
  name(): string;
  /** A new mount ID as engines make them: 64 hex digits. */
  mountId(): string;
  /** Creates a volume under a new name with the options that the user said are good; ends the case where that fails. */
  volume(options?: VolumeOptions): Promise<string>;
  /** Mounts and gives the path, as the driver said it; ends the case where that fails. */
  mount(volume: string, id: string): Promise<string>;
  /** Unmounts; ends the case where that fails. */
  unmount(volume: string, id: string): Promise<void>;
  /** Records what was looked at, and gives `holds` back. */
  check(what: string, holds: boolean, seen: string): boolean;
  /** As `check`, and ends the case where it does not hold: what would follow means nothing then. */
  demand(what: string, holds: boolean, seen: string): asserts holds;
  /** Ends the case as skipped. */
  skip(why: string): never;
  /** Says what the driver does where either is right. */
  observe(what: string): void;
  /** Keeps latencies for the report. */
  timed(timing: Timing): void;
  /** Done after the case, last first, also where it failed. */
  defer(undo: () => Promise<void>): void;
}

/** Thrown by `demand` and `skip`; the runner has recorded why. */
export class CaseEnded extends Error {
  override readonly name = "CaseEnded";
}

/** What an answer was, in a few words for a finding. */
export function told(answer: Answer): string {
  if (answer.silence)
    return { refused: "nobody listens", closed: "the connection was closed", late: "no answer" }[answer.silence];
  const text = answer.text.length > 300 ? `${answer.text.slice(0, 300)}...` : answer.text;
  return `status ${answer.status}, ${text === "" ? "an empty body" : text}`;
}
