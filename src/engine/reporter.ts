import type { PlannedFault } from "../core/fault.ts";
import type { Report, TrialReport } from "../core/report.ts";
import type { Outcome } from "../store/events.ts";

/** What a running lab tells, in order. */
export type LabNews =
  | { kind: "run-began"; runId: string; folder: string; trials: readonly string[]; seed: string }
  | { kind: "trial-skipped"; trial: string; reason: string }
  | { kind: "trial-began"; trial: string; title: string; estimate: { durationMs: number; operations: number } }
  /** Something that takes a while has begun: "building the image", "cleaning up". */
  | { kind: "step"; trial?: string; step: string }
  /** At most 20 a second, and always the last one. */
  | { kind: "progress"; trial: string; done: number; total: number; detail: string }
  | { kind: "note"; trial: string; note: string }
  | { kind: "fault"; trial: string; state: "injected" | "healed"; fault: PlannedFault; description: string }
  /** Something could not be healed or cleaned up. */
  | { kind: "problem"; trial?: string; what: string; error: string }
  /** The trial's work is over and cleaned up. `error` is what ended it early, for those who want its stack. */
  | { kind: "trial-ended"; trial: string; outcome: Outcome; reason?: string; error?: unknown }
  | { kind: "trial-judged"; report: TrialReport }
  | { kind: "run-ended"; report: Report; folder: string };

/** Hears a run as it goes: a terminal, a log, a test. It must not throw and cannot change anything. */
export interface Reporter {
  /** Called in the order in which things happen. */
  hear(news: LabNews): void;
}
