import type { PlannedFault } from "./fault.ts";

/** What happened, in order: operations from their call to their end, and the faults between them. */
export type HistoryEvent<Op = unknown> = { index: number; timeNs: number } & (
  | { kind: "invoke"; process: string; op: Op }
  | { kind: "ok" | "fail" | "unknown"; process: string; op: Op; invokeIndex: number; reason?: string }
  /** `begunNs` is when the injection began: what it does to an operation may end that before the event is written. */
  | { kind: "fault-injected"; fault: PlannedFault; begunNs?: number }
  /** `data` is what the fault says that it did. */
  | { kind: "fault-healed"; fault: PlannedFault; data?: unknown }
  | { kind: "note"; note: string; data?: unknown }
);

/** How an operation can end; see `Completed`. */
export type OutcomeKind = "ok" | "fail" | "unknown";

/** An operation that has ended. `unknown` is the third outcome: after a kill nobody knows whether it took effect. */
export interface Completed<Op> {
  kind: OutcomeKind;
  op: Op;
  startedNs: number;
  endedNs: number;
  reason?: string;
}

/** What a trial writes to while it runs. Everything is on its way to disk before the call returns. */
export interface Recorder<Op> {
  /**
   * Records the call, runs `attempt`, records its end. A `SubjectFailure` thrown by `attempt` ends the operation
   * as `fail`; any other error ends it as `unknown` and is not thrown on.
   */
  operation(process: string, op: Op, attempt: (signal: AbortSignal) => Promise<Op>): Promise<Completed<Op>>;
  /** Facts found on the way (a mount's line, a clock's offset): read by checkers and shown in the report. */
  note(note: string, data?: unknown): void;
}

/** Thrown inside an operation when the subject refused it: a definite no, unlike an unknown end. */
export class SubjectFailure extends Error {
  override readonly name = "SubjectFailure";
}

/** Reads events one after another and keeps only what it needs, so that a history may be larger than memory. */
export interface Fold<Event, Result> {
  /** Called once for each event, in order. */
  see(event: Event): void;
  /** Called once, after the last event. */
  finish(): Result;
}
