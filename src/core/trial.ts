import type { ZodType } from "zod";
import type { Agent } from "./agent.ts";
import type { Clock } from "./clock.ts";
import type { PlannedFault } from "./fault.ts";
import type { Fold, HistoryEvent, Recorder } from "./history.ts";
import type { Metric, Series } from "./metric.ts";
import type { Random } from "./random.ts";
import type { Chart, FactSheet, Finding, Summary } from "./report.ts";
import type { ControlName, EnvironmentSpec } from "./runtime.ts";

/** What a trial will do, as data: stored in the manifest, shown by `--dry-run`, the same for the same seed. */
export interface TrialPlan<Steps = unknown> {
  /**
   * `{workdir}` at the start of a bind's source stands for a directory that the engine makes for the run, `{artifacts}` at
   * the start of a disk's log for one that stays with the run.
   */
  environments: EnvironmentSpec[];
  /** An existing directory in which the working directory is made; the system's temporary directory by default. */
  workdirParent?: string;
  faults: PlannedFault[];
  steps: Steps;
  /** For people who wait: about how long, and how many operations. */
  estimate: { durationMs: number; operations: number };
}

/** What the engine lends to a running trial. */
export interface TrialContext<Options, Op, Steps = unknown> {
  options: Options;
  plan: TrialPlan<Steps>;
  clock: Clock;
  /** For choices that the plan leaves open; forked from the run's seed. */
  random: Random;
  recorder: Recorder<Op>;
  signal: AbortSignal;
  /** An agent inside a container. Each call starts one more process. */
  agent(environment: string, container: string): Promise<Agent>;
  /** An agent on this machine, outside every container. */
  hostAgent(): Promise<Agent>;
  /** The directory that stands for `{workdir}` in the plan. */
  workdir: string;
  /** A directory of the run folder for what is too large for the history; made by the first call, stays with the run. */
  artifacts(): string;
  /** Tells a waiting person how far it is; never shapes the run. */
  progress(done: number, total: number, detail: string): void;
  /** Begins the planned faults; resolves when all are healed. Called once, when the trial's load is on. */
  startFaults(): Promise<void>;
  /**
   * No further fault comes until the returned function is called, and the schedule's time stands still: for recovery
   * between two faults, however long it takes. Faults that are in force last on.
   */
  holdFaults(): () => void;
}

/** What judges see beside the events. */
export interface JudgeContext<Options, Steps = unknown> {
  options: Options;
  plan: TrialPlan<Steps>;
  /** False when the run was interrupted or the lab died: what is missing is then no evidence of anything. */
  complete: boolean;
}

/** A pure judge. It sees each event once, in order, and answers with findings. */
export interface Checker<Options = unknown, Op = unknown, Steps = unknown> {
  id: string;
  /** Every claim it can make, for the documentation and for JUnit. */
  claims: readonly string[];
  /** A fresh judge for one history. */
  begin(context: JudgeContext<Options, Steps>): Fold<HistoryEvent<Op>, Finding[]>;
}

/** A command-line flag of a trial, beside what a plan file can say. */
export interface TrialFlag {
  /** In commander's words: `--samples <count>`. */
  flags: string;
  description: string;
  /** What it says in a plan file's words, merged over the options so far. @throws SeatrialError on a bad text. */
  apply(text: string, options: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

/** How much is asked of the machine's time. */
export const PROFILES = ["quick", "standard", "thorough"] as const;
/** One of `PROFILES`. */
export type Profile = (typeof PROFILES)[number];

/** A question and the way to answer it. `trials/<id>/trial.ts` exports one. */
export interface Trial<Options = unknown, Op = unknown, Steps = unknown> {
  id: string;
  title: string;
  question: string;
  /** What a pass does not mean, one sentence each; shown in every report. */
  limits: readonly string[];
  options: ZodType<Options>;
  /** Options in a plan file's words that stand for a profile; what the user says goes over them. */
  profiles: Readonly<Record<Profile, Readonly<Record<string, unknown>>>>;
  flags: readonly TrialFlag[];
  /** Readers of other tools' reports. */
  importers: readonly Importer[];
  operation: ZodType<Op>;
  needs: readonly ControlName[];
  metrics: readonly Metric[];
  checkers: readonly Checker<Options, Op, Steps>[];
  /** Pure. @throws SeatrialError when the options contradict each other. */
  plan(options: Options, random: Random): TrialPlan<Steps>;
  /** Performs and records; judges nothing. What it throws ends the trial as errored. */
  run(context: TrialContext<Options, Op, Steps>): Promise<void>;
  /** The numbers behind the metrics, for summaries and for comparing runs. */
  measure(context: JudgeContext<Options, Steps>): Fold<HistoryEvent<Op>, Series[]>;
  /** What the report draws; charts without data are left out. */
  charts(context: JudgeContext<Options, Steps>): Fold<HistoryEvent<Op>, Chart[]>;
  /** What was found out about the subject and its surroundings. */
  facts(context: JudgeContext<Options, Steps>): Fold<HistoryEvent<Op>, FactSheet[]>;
  /** One sentence from what was found. */
  headline(findings: readonly Finding[], summaries: readonly Summary[]): string;
}

/** Seals the type parameters, so that lists of trials need no `any`. */
export function defineTrial<Options, Op, Steps>(trial: Trial<Options, Op, Steps>): Trial {
  return trial;
}

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
