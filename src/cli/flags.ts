// Flags as the parser hands them over: camel case, absent when not given.

/** Of every command that prints for people. */
export interface ColourFlag {
  /** False for `--no-color`. */
  color: boolean;
}

/** Of every command that reads or makes runs. */
export interface OutFlag {
  /** The folder of all runs. */
  out?: string;
}

/** `seatrial image build`. */
export interface ImageBuildFlags extends JsonFlag {
  tag?: string;
}

/** Of every command whose result a program may want. */
export interface JsonFlag {
  json?: boolean;
}

/** `seatrial run`, beside the flags of trials. */
export interface RunFlags extends ColourFlag, OutFlag, JsonFlag {
  runtime?: string;
  profile?: string;
  seed?: string;
  plan?: string;
  set?: string[];
  output?: string;
  junit?: string;
  markdown?: string;
  explain?: boolean;
  dryRun?: boolean;
  quiet?: boolean;
  allow?: string;
}

export type RecheckFlags = ColourFlag & OutFlag & JsonFlag;
export type LsFlags = OutFlag & JsonFlag;
export type DoctorFlags = ColourFlag & OutFlag & JsonFlag;
export type ImportFlags = ColourFlag & OutFlag & JsonFlag;

/** `seatrial report`. */
export interface ReportFlags extends ColourFlag, OutFlag {
  format?: string;
  output?: string;
}

/** `seatrial diff`. */
export interface DiffFlags extends ColourFlag, OutFlag, JsonFlag {
  format?: string;
  output?: string;
  /** A share: "5%" or "0.05". */
  margin: string;
  failOn?: string;
}

/** `seatrial sweep`. */
export interface SweepFlags extends OutFlag, JsonFlag {
  runtime?: string;
  images?: boolean;
}

/** `seatrial barrier`. */
export interface BarrierFlags extends JsonFlag {
  container: string;
  timeout: string;
  depth?: string;
  maxDirectories?: string;
  runtime: string;
}

/** `seatrial subject share`. */
export interface SubjectFlags {
  dials: string;
}

/** `seatrial integrity search`. */
export interface IntegritySearchFlags extends OutFlag, JsonFlag {
  points: string;
  duration?: string;
  seed?: string;
  replayTo?: string;
  survivors?: string;
  keepImage?: string;
  quiet?: boolean;
}

/** `seatrial integrity loop`. */
export interface IntegrityLoopFlags {
  config?: string;
  once?: boolean;
  keepGoing?: boolean;
  breakLock?: boolean;
  log: "json" | "text";
}
