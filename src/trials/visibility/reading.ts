import type { HistoryEvent } from "../../core/history.ts";
import type { AnswerRun, Cell, EventKind, SampleOp, SeenEvent, VisibilityOp } from "./model.ts";
import { isFloor } from "./plan.ts";
import { operations } from "./tasks/operations.ts";

/**
 * How a sample ended. `never`: not seen within the time-out, so its latency is only known to be longer. `unarmed`: not even the state before
 * was seen. `mistimed`: the reader had nearly no time left after the change, so the sample says nothing.
 */
export type Outcome = "seen" | "never" | "unarmed" | "mistimed" | "refused" | "unknown";

/** One sample, read from the record. Times are nanoseconds from the begin of the call that makes the change. */
export interface Reading {
  /** Index of the completion in the history. */
  index: number;
  timeNs: number;
  cell: Cell;
  number: number;
  environment: string;
  outcome: Outcome;
  /** The first look that saw the new state had ended by then: visible no later than this. */
  latestNs: number;
  /** The last look that did not see it had begun then: visible no sooner than this; 0 without such a look. */
  earliestNs: number;
  /**
   * The last look that did not see it had begun so long after the call had returned; 0 without such a look. It is the part of
   * `earliestNs` that no pause of the writer can make.
   */
  overdueNs: number;
  /** Looks after the first that saw the new state. */
  looksAfter: number;
  /** Answers that were neither the old nor the new state, given by looks that must not see anything else. */
  wrong: string[];
  /** Errors of such looks. */
  errors: string[];
  /** Stat and readdir contradicted each other in a look that began after the call had returned. */
  splits: string[];
  /** When the last such look began; 0 without one. */
  splitUntilNs: number;
  /** What was seen again after the new state. */
  regressions: string[];
  events: SeenEvent[];
  reason?: string;
}

/** The reading of a completed sample; `undefined` for every other event. */
export function readSample(event: HistoryEvent<VisibilityOp>): Reading | undefined {
  if (event.kind !== "ok" && event.kind !== "fail" && event.kind !== "unknown") return undefined;
  if (event.op.type !== "sample") return undefined;
  const { op } = event;
  const empty: Reading = {
    index: event.index,
    timeNs: event.timeNs,
    cell: op.cell,
    number: op.number,
    environment: op.environment,
    outcome: "unknown",
    latestNs: 0,
    earliestNs: 0,
    overdueNs: 0,
    looksAfter: 0,
    wrong: [],
    errors: [],
    splits: [],
    splitUntilNs: 0,
    regressions: [],
    events: [],
    ...(event.reason === undefined ? {} : { reason: event.reason }),
  };
  if (event.kind !== "ok") return { ...empty, outcome: event.kind === "fail" ? "refused" : "unknown" };
  return op.cell.observer === "inotify" ? readWatch(op, empty) : readLooks(op, empty);
}

function readLooks(op: SampleOp, empty: Reading): Reading {
  const { act, look, clockHalfWidthNs = 0 } = op;
  if (!look || look.unarmed || !act) return { ...empty, outcome: look?.unarmed ? "unarmed" : "unknown" };
  const { runs } = look;
  if (isTooLate(op)) return { ...empty, outcome: "mistimed" };
  const firstNew = runs.findIndex(([answer]) => answer === "new");
  const before = firstNew < 0 ? runs : runs.slice(0, firstNew);
  const seen = runs[firstNew];
  const lastOther = before.at(-1);
  const sinceNs = (stampNs: number) => (lastOther ? Math.max(0, lastOther[3] - stampNs - clockHalfWidthNs) : 0);
  const odd = before.filter((run) => isForbidden(run, op.cell, act.returnedNs + clockHalfWidthNs));
  const texts = (prefix: string) =>
    odd.flatMap(([answer]) => (answer.startsWith(prefix) ? [answer.slice(prefix.length)] : []));
  return {
    ...empty,
    outcome: seen ? "seen" : "never",
    latestNs: (seen ? seen[2] : (runs.at(-1)?.[3] ?? act.begunNs)) - act.begunNs + clockHalfWidthNs,
    earliestNs: sinceNs(act.begunNs),
    overdueNs: sinceNs(act.returnedNs),
    looksAfter: firstNew < 0 ? 0 : runs.slice(firstNew).reduce((sum, [, , , , looks]) => sum + looks, -1),
    wrong: texts("wrong: "),
    errors: texts("error: "),
    splits: texts("split: "),
    splitUntilNs: Math.max(
      0,
      ...odd.flatMap(([answer, , , lastBeginNs]) => (answer.startsWith("split: ") ? [lastBeginNs - act.begunNs] : [])),
    ),
    regressions: firstNew < 0 ? [] : runs.slice(firstNew + 1).flatMap(([answer]) => (answer === "new" ? [] : [answer])),
  };
}

/**
 * The reader did most of its waiting before the change had been made: the writer came late, or a look that had begun before was held up
 * until the time was over. That nothing was seen then says nothing.
 */
export function isTooLate({ act, look }: SampleOp): boolean {
  if (!act || !look?.timedOut) return false;
  const lastNs = look.runs.at(-1)?.[3] ?? look.endedNs;
  return lastNs - act.returnedNs < (look.endedNs - look.armedNs) / 2;
}

/**
 * Once the call has returned, nothing but the old or the new state may be seen. While it is under way that holds only for changes that are
 * atomic, and there only for looks at one name: a listing may run while the directory changes (readdir(3) leaves open what it shows).
 */
function isForbidden([answer, , , lastBeginNs]: AnswerRun, { operation, observer }: Cell, returnedNs: number): boolean {
  if (answer === "old" || answer === "new") return false;
  const oneName = observer === "stat" || observer === "read";
  return lastBeginNs > returnedNs || (operations[operation].atomic && oneName);
}

function readWatch(op: SampleOp, empty: Reading): Reading {
  const { act, look, clockHalfWidthNs = 0 } = op;
  if (!act || !look) return empty;
  if (isTooLate(op)) return { ...empty, outcome: "mistimed" };
  const expected = expectedEvents(op);
  // What came before the call began tells of the preparation.
  const events = look.events.filter(({ atNs }) => atNs + clockHalfWidthNs >= act.begunNs);
  const first = events.find((event) => expected.some(({ kind, name }) => kind === event.kind && name === event.name));
  const complete = missingEvents(op, events).length === 0;
  const heardNs = first ? first.atNs - act.begunNs : 0;
  return {
    ...empty,
    outcome: complete ? "seen" : "never",
    latestNs: first ? heardNs + clockHalfWidthNs : 0,
    // A watcher sleeps in the kernel until the event is there: nothing but its waking lies between the two ends.
    earliestNs: Math.max(0, heardNs - clockHalfWidthNs),
    events,
  };
}

/** The events that the change must cause, with the names under which they must come. */
export function expectedEvents({
  cell,
  number,
}: Pick<SampleOp, "cell" | "number">): { kind: EventKind; name: string }[] {
  return operations[cell.operation].events.map(({ kind, name }) => ({ kind, name: name(sampleName(number)) }));
}

/** Kinds of events that the change should have caused and that no watcher heard. */
export function missingEvents(op: Pick<SampleOp, "cell" | "number">, heard: readonly SeenEvent[]): EventKind[] {
  return expectedEvents(op)
    .filter(({ kind, name }) => !heard.some((event) => event.kind === kind && event.name === name))
    .map(({ kind }) => kind);
}

/** The name of a sample's file: never used twice in a run, since a cache may remember it. */
export const sampleName = (number: number): string => `s${number}`;

export const isSubject = ({ cell }: Pick<Reading, "cell">): boolean => !isFloor(cell.direction);
/** It counts in the figures, where a sample whose state before was not even seen is one that was not seen in time. */
export const isMeasured = ({ outcome }: Pick<Reading, "outcome">): boolean =>
  outcome === "seen" || outcome === "never" || outcome === "unarmed";
export const isEvent = ({ cell }: Pick<Reading, "cell">): boolean => cell.observer === "inotify";

/**
 * Which samples make up the figures over several cells: those whose reader watched all the time, where the end of the bracket is the
 * mount's and not the moment at which the reader chose to look. All of them, where no cell of the plan watches.
 */
export function watchedThroughout(cells: readonly Cell[]): (reading: Pick<Reading, "cell">) => boolean {
  const any = cells.some((cell) => !isFloor(cell.direction) && isWatching(cell));
  return ({ cell }) => !any || isWatching(cell);
}

/** The reader looks all the time, from before the change on. */
export const isWatching = ({ state }: Cell): boolean => state === "polling" || state === "held" || state === "mapped";
