import type { Completed } from "../../core/history.ts";
import { type Cell, cellName, type VisibilityOp } from "./model.ts";
import { isTooLate } from "./reading.ts";
import { troubleIn } from "./refusals.ts";

/** After so many samples of a cell that never saw anything, more of them would only spend the time-out again. */
const HOPELESS_SAMPLES = 2;

/** Events come by direction or not at all: a few silent cells speak for the others. */
const SILENT_WATCHES = 3;

/** Decides which cells are not worth another sample. What is given up is told, and judged by the samples it had. */
export interface Abandonment {
  has(cell: Cell): boolean;
  /** Learns from a sample; returns the reason when its cell is given up now. */
  consider(cell: Cell, completed: Completed<VisibilityOp>): string | undefined;
}

interface Tally {
  seen: number;
  never: number;
}

/** Cells and watches on which nothing has been seen so often that more waiting would tell nothing new. */
export function createAbandonment(): Abandonment {
  const cells = new Map<string, Tally>();
  const watches = new Map<string, Tally>();
  const given = new Set<string>();
  const tallyOf = (tallies: Map<string, Tally>, key: string): Tally => {
    const tally = tallies.get(key) ?? { seen: 0, never: 0 };
    tallies.set(key, tally);
    return tally;
  };
  const giveUp = (cell: Cell, reason: string) => {
    given.add(cellName(cell));
    return reason;
  };
  const silent = ({ observer, direction }: Cell) => {
    const tally = tallyOf(watches, direction);
    return observer === "inotify" && tally.seen === 0 && tally.never >= SILENT_WATCHES;
  };
  return {
    has: (cell) => given.has(cellName(cell)) || silent(cell),
    consider: (cell, completed) => {
      const reason = completed.reason ?? "";
      if (completed.kind === "fail" && troubleIn(reason) === "unsupported") return giveUp(cell, reason);
      if (completed.kind !== "ok" || completed.op.type !== "sample" || isTooLate(completed.op)) return undefined;
      const { look } = completed.op;
      const never = look === undefined || look.unarmed || (look.timedOut && look.events.length === 0);
      for (const tally of [
        tallyOf(cells, cellName(cell)),
        ...(cell.observer === "inotify" ? [tallyOf(watches, cell.direction)] : []),
      ]) {
        if (never) tally.never++;
        else tally.seen++;
      }
      const { seen, never: missed } = tallyOf(cells, cellName(cell));
      return seen === 0 && missed >= HOPELESS_SAMPLES ? giveUp(cell, "never seen") : undefined;
    },
  };
}
