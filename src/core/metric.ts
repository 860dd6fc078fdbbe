/** Values of a `ratio` that are all 0 or 1 are a share: their mean is what counts, and its interval is a proportion's. */
export type Unit = "ns" | "us" | "ms" | "s" | "bytes" | "count" | "ratio" | "per-second" | "bytes-per-second";

/** A quantity that a trial measures. `docs/reference/metrics.md` has a row for each, held by a test. */
export interface Metric {
  readonly id: string;
  readonly unit: Unit;
  /** Which way is better; `none` where neither is. */
  readonly direction: "lower" | "higher" | "none";
  /** One sentence: what exactly is measured, from where to where. */
  readonly meaning: string;
}

/** Values that occurred more than once, in classes: value i occurred `counts[i]` times. Values rise. */
export interface WeightedValues {
  values: number[];
  counts: number[];
}

/** All values of one metric under one set of labels. What did not arrive in time is counted, never dropped. */
export interface Series {
  metric: string;
  labels: Record<string, string>;
  values: number[];
  /** How often each value occurred, where values are classes of many; 1 each when absent. */
  counts?: number[];
  /** How many values are only known to be greater than `censoredAbove`. */
  censored: number;
  censoredAbove?: number;
}
