import type { HistoryEvent } from "./history.ts";
import type { TrialPlan } from "./trial.ts";

/** Another tool's report in our words, to be judged like a run of ours. */
export interface ImportedTrial {
  /** Which trial judges it. */
  trial: string;
  options: unknown;
  plan: TrialPlan;
  /** When the other tool began, as far as it says. */
  startedAt: Date;
  /** What it says of its machine and its engine, for the report. */
  host: [string, string][];
  runtime: { id: string; facts: [string, string][] };
  /** In the order of `timeNs`; `index` counts from 0. */
  events: Iterable<HistoryEvent>;
}

/** Reads one kind of foreign report. A trial may offer several. */
export interface Importer {
  id: string;
  /** For people who ask what can be imported. */
  title: string;
  /** Whether the content is of this kind, whatever its file is called. */
  recognise(document: unknown): boolean;
  /** @throws Error naming the field that is missing or odd. */
  convert(document: unknown): ImportedTrial;
}
