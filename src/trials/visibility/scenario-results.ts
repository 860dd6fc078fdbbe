// What each scenario leaves in the record, in lab time where there are stamps.
import type { ActReport, Answer } from "./model.ts";
import type { DatabaseReport } from "./tasks/scenarios/database.ts";
import type { HeldInterval } from "./tasks/scenarios/exclusion.ts";
import type { ManyReport } from "./tasks/scenarios/files.ts";
import type { StressReadReport, StressWriteReport } from "./tasks/scenarios/reads-under-writing.ts";

/** One rung: a fresh name, looked at exactly once. */
export interface Rung {
  delayMs: number;
  act: ActReport;
  answer: Answer;
  beginNs: number;
  endNs: number;
}

/** What each scenario records: kept as it was seen, judged later. */
export interface ScenarioResults {
  ladder: { rungs: Rung[] };
  "reads-under-replace": { write: StressWriteReport; read: StressReadReport; last: StressReadReport };
  "reads-under-append": { write: StressWriteReport; read: StressReadReport; last: StressReadReport };
  "flock-exclusion": { held: [HeldInterval[], HeldInterval[]]; refused: [number, number] };
  "create-exclusion": { names: number; won: [string[], string[]]; errors: Record<string, number> };
  "many-files": { count: number; madeNs: number; removedNs: number; made: ManyReport; removed: ManyReport };
  "large-file": { sizeBytes: number; marks: number; wrong: string[] };
  "single-file-mount": { editSeenMs: number | null; editLast: string; replaceSeenMs: number | null };
  database: { reports: [DatabaseReport, DatabaseReport] };
}
