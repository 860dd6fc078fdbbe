import type { Metric, Unit } from "./metric.ts";
import type { Verdict } from "./verdict.ts";

/** One claim, judged, with what was seen. `events` are indices into the trial's history: the evidence. */
export interface Finding {
  /** Stable and dotted, `visibility.regression`; what JUnit and `diff` key on together with `scope`. */
  claim: string;
  /** The claim as a sentence that is true when the verdict is pass. */
  statement: string;
  verdict: Verdict;
  /** What was seen, with numbers and units. */
  detail: string;
  /** Which part of the subject: labels such as operation or direction. Empty for the whole. */
  scope: Record<string, string>;
  /** At most 20; `eventCount` has the number of all. */
  events: number[];
  eventCount: number;
  /** What would settle it, for inconclusive and errored. */
  settle?: string;
}

/** A number with its 95 % interval. An open end (`null`) means the data set no bound on that side. */
export interface Estimate {
  value: number | null;
  low: number | null;
  high: number | null;
}

/** Statistics of one series. A quantile that falls among the censored values is null and reads "> censoredAbove". */
export interface Summary {
  metric: string;
  labels: Record<string, string>;
  unit: Unit;
  /** All samples, the censored ones included. */
  count: number;
  censored: number;
  censoredAbove?: number;
  /** Where values are censored, mean and standard deviation are lower bounds made with the limit in their place. */
  mean: Estimate;
  standardDeviation: number | null;
  min: number | null;
  max: number | null;
  p50: Estimate;
  p90: Estimate;
  p95: Estimate;
  p99: Estimate;
}

/** Chart data, independent of how it is drawn. Times in x are seconds of the run unless the axis says otherwise. */
export interface Axis {
  label: string;
  unit: string;
  scale: "linear" | "log" | "category";
  categories?: string[];
}
interface ChartBase {
  id: string;
  title: string;
  /** What it shows and how to read it; also the description for those who cannot see it. */
  description: string;
  /** How many samples stand behind it, and how many were thinned out of the drawing. */
  count: number;
  thinned: number;
  x: Axis;
  y: Axis;
  /** Lines that the eye should compare with: the floor, a limit, the time-out. On a category axis, its index. */
  marks: Mark[];
  /** Stretches of a linear x axis to see the values against: how long a fault lasted. */
  spans?: { from: number; to: number; label: string }[];
}
interface Mark {
  axis: "x" | "y";
  value: number;
  /** As it is shown, the value with its unit in it. */
  label: string;
  /** Tints the side on which values mean little: below a floor, above a time-out. */
  shade?: "below" | "above";
}
/** One figure as data; `kind` says how its values are laid out. */
export type Chart =
  | (ChartBase & { kind: "scatter" | "line" | "step"; series: { name: string; points: [number, number][] }[] })
  /** `edges`: where the bars begin and end on x, one more than there are values; without it x is of categories. */
  | (ChartBase & { kind: "bar"; edges?: number[]; series: { name: string; values: number[] }[] })
  /** `boxes`: min, first quartile, median, third quartile, max per category of y. */
  | (ChartBase & { kind: "box"; boxes: ([number, number, number, number, number] | null)[] })
  /** `cells`: [x category, y category, value or null where nothing was measured, text to show]. */
  | (ChartBase & { kind: "heatmap"; cells: [number, number, number | null, string][] })
  /** `bands`: [y category, from x, to x, index into `classes`, text to show]. Those that come later lie above. */
  | (ChartBase & { kind: "bands"; classes: BandClass[]; bands: [number, number, number, number, string][] });

/** What a band of a chart stands for. `bad` ones catch the eye, `faint` ones are a thin line upon others. */
export interface BandClass {
  name: string;
  tone: "calm" | "faint" | "notice" | "bad";
}

/** A titled table of facts: the mount, the engine, the machine. */
export interface FactSheet {
  title: string;
  facts: [string, string][];
}

/** How one trial of a run ended. */
export interface TrialReport {
  id: string;
  title: string;
  question: string;
  verdict: Verdict;
  /** The answer in one sentence, the number and its floor included. */
  headline: string;
  /** What a pass does not mean. */
  limits: string[];
  findings: Finding[];
  metrics: Metric[];
  summaries: Summary[];
  charts: Chart[];
  facts: FactSheet[];
  /** Why it was skipped or broke, where it did. */
  reason?: string;
  startedNs: number;
  durationMs: number;
}

export const REPORT_SCHEMA_VERSION = 1;

/** `report.json`: everything the renderers need, nothing that they must compute. */
export interface Report {
  schemaVersion: typeof REPORT_SCHEMA_VERSION;
  runId: string;
  seatrialVersion: string;
  startedAt: string;
  durationMs: number;
  verdict: Verdict;
  seed: string;
  /** The command that repeats the run. */
  command: string;
  /** `completed`; `interrupted` by the user; `errored`; `unfinished` when the lab died before it could say. */
  ended: "completed" | "interrupted" | "errored" | "unfinished";
  /** What was lost or odd in the run folder (a torn last line), and what clean-up could not undo. */
  problems: string[];
  environment: FactSheet[];
  trials: TrialReport[];
}
