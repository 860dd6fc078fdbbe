/** The public interface of Seatrial. What is not exported here may change in any version. */
export type { Agent, AgentBundle, AgentChannel, AgentFacts, CallOptions, ClockRelation } from "./core/agent.ts";
export { AgentGone, TaskFailure } from "./core/agent.ts";
export { type Clock, createSystemClock, type SystemClock } from "./core/clock.ts";
export type { Answer, Diff, DiffRow, SurroundingChange, VerdictChange } from "./core/diff.ts";
export {
  defineErrors,
  type ErrorDefinition,
  type ErrorOptions,
  errorsOf,
  EXIT,
  type ExitCode,
  SeatrialError,
} from "./core/errors.ts";
export type * from "./core/disk.ts";
export { defineFault, type Fault, type Heal, type PlannedFault } from "./core/fault.ts";
export type { Completed, Fold, HistoryEvent, OutcomeKind, Recorder } from "./core/history.ts";
export { SubjectFailure } from "./core/history.ts";
export type { Metric, Series, Unit, WeightedValues } from "./core/metric.ts";
export { createRandom, type Random } from "./core/random.ts";
export type { BandClass, Chart, Estimate, FactSheet, Finding, Report, Summary, TrialReport } from "./core/report.ts";
export type * from "./core/runtime.ts";
export { type CleanupProblem, Scope } from "./core/scope.ts";
export type {
  Checker,
  ImportedTrial,
  Importer,
  JudgeContext,
  Profile,
  Trial,
  TrialContext,
  TrialFlag,
  TrialPlan,
} from "./core/trial.ts";
export { defineTrial, PROFILES } from "./core/trial.ts";
export { mergeVerdicts, type Verdict, VERDICTS } from "./core/verdict.ts";
export { createInterruptController, type InterruptController, Interrupted } from "./engine/interrupt.ts";
export type { TrialJudgement } from "./engine/judge-trial.ts";
export { judgeRun, type MeasuredTrial, measureRun } from "./engine/judge.ts";
export { createLab, type Lab, type RunRequest, type RunResult } from "./engine/lab.ts";
export type { LabParts } from "./engine/lab-parts.ts";
export { type PrepareContext, type PreparedTrial, prepareTrials, type TrialRequest } from "./engine/prepare.ts";
export type { LabNews, Reporter } from "./engine/reporter.ts";
export {
  sweepableLedgers,
  sweepableRuns,
  sweepableRuntime,
  sweepAll,
  type Sweepable,
  type SweepResult,
} from "./engine/sweep.ts";
export {
  renderCsv,
  renderDiffMarkdown,
  renderDiffTerminal,
  renderGithubAnnotations,
  renderHtml,
  renderJson,
  renderJUnit,
  renderMarkdown,
  renderTerminal,
  type TerminalOptions,
} from "./report/index.ts";
export { type ImportContext, importFile } from "./store/import/import-file.ts";
export type { EventReading } from "./store/event-reading.ts";
export type { LabEvent, LabEventBody, Outcome } from "./store/events.ts";
export type { Manifest, ManifestTrial } from "./store/manifest.ts";
export { listRuns, openRun, type RunListing, type StoredRun } from "./store/reader.ts";
export { writeReport } from "./store/save-report.ts";
