import type { Clock } from "../core/clock.ts";
import type { SeatrialError } from "../core/errors.ts";
import type { CleanupProblem } from "../core/scope.ts";
import type { LabEventBody } from "../store/events.ts";
import { isStorageError } from "../store/storage.ts";
import type { RunWriter } from "../store/writer.ts";
import type { Reporter } from "./reporter.ts";

/** The run's own record. A disk that is full must never keep a clean-up from being done, so it throws nothing. */
export interface LabLog {
  write(body: LabEventBody): void;
  /** Records and tells what could not be undone. */
  problem(problem: CleanupProblem, trial?: string): void;
  /** Runs `work` and keeps its storage error. */
  guard(work: () => void): void;
  /** Notes that something could not be stored. @throws what is no storage error */
  storageFailed(error: unknown): void;
  /** The first storage error, where there was one: the run cannot go on. */
  storageError(): SeatrialError | undefined;
}

/** The record of one run. */
export function createLabLog(run: RunWriter, clock: Clock, reporter: Reporter): LabLog {
  let failure: SeatrialError | undefined;
  const storageFailed = (error: unknown) => {
    if (!isStorageError(error)) throw error;
    failure ??= error;
  };
  const guard = (work: () => void) => {
    try {
      work();
    } catch (error) {
      storageFailed(error);
    }
  };
  const write = (body: LabEventBody) => guard(() => void run.lab.write(clock.nowNs(), body));
  const problem = (found: CleanupProblem, trial?: string) => {
    const body = { kind: "problem" as const, ...found, ...(trial === undefined ? {} : { trial }) };
    write(body);
    reporter.hear(body);
  };
  return { write, problem, guard, storageFailed, storageError: () => failure };
}
