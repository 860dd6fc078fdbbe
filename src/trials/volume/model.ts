/** Why a request has no answer. */
export const SILENCES = ["refused", "closed", "late"] as const;
/** refused: nobody listens; closed: the connection ended before an answer; late: no answer within the deadline. */
export type Silence = (typeof SILENCES)[number];

/** One request and what came back, as evidence: texts are cut. */
export interface Exchange {
  /** `VolumeDriver.Mount`, or what stood in its place. */
  call: string;
  /** The body as it was sent. */
  sent: string;
  /** Absent when nothing came back. */
  status?: number;
  /** The body of the answer. */
  received?: string;
  silence?: Silence;
  startedNs: number;
  durationNs: number;
}

/** One thing that a case looked at. */
export interface Check {
  /** What must hold, as a sentence that is true when it does. */
  what: string;
  holds: boolean;
  /** What was seen; always there where it does not hold. */
  seen: string;
  /** The exchange just before it, by its place in the case's list; -1 when there was none or it was not kept. */
  exchange: number;
  /** How often it was looked at with this outcome, where more than once. */
  times?: number;
}

/** What came of a case. */
export interface CaseResult {
  checks: Check[];
  /** When there were many the first and the last ones, and those just before a check that did not hold. */
  exchanges: Exchange[];
  /** All of them. */
  exchangeCount: number;
  /** Figures for the report by metric and labels, such as the latencies of 1,000 calls; in nanoseconds. */
  timings: Timing[];
  /** What the driver promises and does where either is right ("a second Create with other options is an error"). */
  observations: string[];
  /** Why the case could not be tried. */
  skipped?: string;
  /** What broke in the suite itself; the checks before it stand. */
  broke?: string;
}

/** How long the calls of one kind took. */
export interface Timing {
  call: string;
  /** What was going on: `alone`, `32 at once`, `while mounts hang`. */
  load: string;
  valuesNs: number[];
}

/** Trying one case. */
export interface CaseOp {
  type: "case";
  id: string;
  result?: CaseResult;
}

/** All that the trial records. */
export type VolumeOp = CaseOp;

/** What a driver sees when it is asked for a volume. */
export type VolumeOptions = Readonly<Record<string, string>>;
