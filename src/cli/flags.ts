/** Flags as commander hands them over: camel case, absent when not given. */
export interface ColourFlag {
  /** False for `--no-color`. */
  color: boolean;
}

export interface OutFlag {
  /** The folder of all runs. */
  out?: string;
}

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

export interface ReportFlags extends ColourFlag, OutFlag {
  format?: string;
  output?: string;
}

export interface DiffFlags extends ColourFlag, OutFlag, JsonFlag {
  format?: string;
  output?: string;
  /** A share: "5%" or "0.05". */
  margin: string;
  failOn?: string;
}

export interface SweepFlags extends OutFlag, JsonFlag {
  runtime?: string;
  images?: boolean;
}

export interface BarrierFlags extends JsonFlag {
  container: string;
  timeout: string;
  depth?: string;
  maxDirectories?: string;
  runtime: string;
}

export interface SubjectFlags {
  dials: string;
}
