import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import type { Owner, Runtime } from "../core/runtime.ts";
import { sweepLedgers } from "../store/ledger.ts";
import { removeUnfinished } from "../store/writer.ts";

/** One place where a killed lab may have left something. */
export interface Sweepable {
  /** For people: a runtime's id, or "working directories". */
  what: string;
  /** Removes what labs that no longer live left; says what it removed, one line each. */
  sweep(isAlive: (owner: Owner) => boolean, signal: AbortSignal): Promise<string[]>;
}

/** What a sweep did. */
export interface SweepResult {
  removed: string[];
  problems: { what: string; error: string }[];
}

/** A runtime as a place to sweep. */
export function sweepableRuntime(runtime: Runtime): Sweepable {
  return { what: runtime.id, sweep: (isAlive, signal) => runtime.sweep(isAlive, signal) };
}

/** The working directories, mounts and processes that labs wrote down below `stateDir`. */
export function sweepableLedgers(stateDir: string): Sweepable {
  return { what: "this machine", sweep: (isAlive, signal) => sweepLedgers(stateDir, isAlive, signal) };
}

/** Run folders that were never finished being made; younger than an hour, they may be in the making. */
export function sweepableRuns(runsFolder: string, clock: Clock): Sweepable {
  const before = new Date(clock.wallTime().getTime() - 3_600_000);
  return { what: runsFolder, sweep: async () => removeUnfinished(runsFolder, before) };
}

/** Sweeps one place after another, going on after an error. */
export async function sweepAll(
  places: readonly Sweepable[],
  isAlive: (owner: Owner) => boolean,
  signal: AbortSignal,
): Promise<SweepResult> {
  const result: SweepResult = { removed: [], problems: [] };
  for (const { what, sweep } of places) {
    try {
      const removed = await sweep(isAlive, signal);
      result.removed.push(...removed.map((line) => `${what}: ${line}`));
    } catch (error) {
      result.problems.push({ what, error: messageOf(error) });
    }
  }
  return result;
}
