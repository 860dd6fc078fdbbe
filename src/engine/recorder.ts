import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { type Completed, type OutcomeKind, type Recorder, SubjectFailure } from "../core/history.ts";
import type { HistoryWriter } from "../store/writer.ts";

/** What a recorder writes to and obeys. */
export interface RecorderParts {
  history: HistoryWriter;
  clock: Clock;
  /** Handed to every attempt; once aborted, no further operation begins. */
  signal: AbortSignal;
  onNote(note: string): void;
}

/** The recorder of one trial. Two lines an operation, nothing kept in memory. */
export function createRecorder<Op>({ history, clock, signal, onNote }: RecorderParts): Recorder<Op> {
  return {
    operation: async (process, op, attempt): Promise<Completed<Op>> => {
      signal.throwIfAborted();
      const startedNs = clock.nowNs();
      const invokeIndex = history.write(startedNs, { kind: "invoke", process, op });
      const end = (kind: OutcomeKind, result: Op, failure?: { reason: string }): Completed<Op> => {
        const endedNs = clock.nowNs();
        history.write(endedNs, { kind, process, op: result, invokeIndex, ...failure });
        return { kind, op: result, startedNs, endedNs, ...failure };
      };
      let result: Op;
      try {
        result = await attempt(signal);
      } catch (error) {
        return end(error instanceof SubjectFailure ? "fail" : "unknown", op, { reason: messageOf(error) });
      }
      return end("ok", result);
    },
    note: (note, data) => {
      history.write(clock.nowNs(), { kind: "note", note, ...(data === undefined ? {} : { data }) });
      onNote(note);
    },
  };
}
