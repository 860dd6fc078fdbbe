import { setImmediate as yieldToEvents } from "node:timers/promises";
import type { TaskContext } from "../../../agent/protocol.ts";
import type { Answer, AnswerRun, LookReport, Observer, OperationId, ReaderState } from "../model.ts";
import { type Gaze, openGaze } from "./observe.ts";
import { operations } from "./operations.ts";

/** What to look for, how, and for how long (`budgetMs`). */
export interface LookInput {
  directory: string;
  name: string;
  operation: OperationId;
  observer: Observer;
  state: ReaderState;
  budgetMs: number;
  /** Of a watcher: how long a second copy of an event may still come after all that was expected was heard. */
  lingerMs?: number;
}

/** Tight looking burns a core, so it lasts only as long as it buys precision; then the pauses grow with the waiting. */
const PACE: readonly { untilMs: number; pauseMs: number }[] = [
  { untilMs: 12, pauseMs: 0 },
  { untilMs: 100, pauseMs: 0.2 },
  { untilMs: 3000, pauseMs: 0.8 },
  { untilMs: Number.POSITIVE_INFINITY, pauseMs: 4 },
];

/** The event loop gets a turn this often, for cancelling and heartbeats. */
const TURN_MS = 4;

/** How long the processor is given up after arming; less than the way of an order, so that no change falls into it. */
const GIVE_WAY_MS = 0.05;

/** Looks after the new state was first seen, to catch a return to the old one. */
const LINGER_LOOKS = 6;

/** A share that flickers for the whole budget: the first and the last runs of answers are kept, the middle is dropped. */
const RUNS_LIMIT = 64;

const sleeper = () => new Int32Array(new SharedArrayBuffer(4));

/** Waits for the state before (told by the event "armed"), then looks until the new state is seen or the budget is used up. */
export async function look(input: LookInput, context: TaskContext): Promise<LookReport> {
  const operation = operations[input.operation];
  const gaze = openGaze(input.observer, input.state === "held", { ...input, operation, native: context.native });
  try {
    const report = startReport(context.nowNs());
    const looksFirst = input.state === "polling" || input.state === "held" || input.state === "mapped";
    if (looksFirst && !(await waitForOld(gaze, input.budgetMs, report, context))) return report;
    context.emit("armed");
    // The order for the change is on its way now: it must not wait for this processor, which is about to be kept busy.
    if (looksFirst) Atomics.wait(sleeper(), 0, 0, GIVE_WAY_MS);
    await lookForNew(gaze, input.budgetMs, report, context);
    report.endedNs = context.nowNs();
    return report;
  } finally {
    gaze.close();
  }
}

/** One look at the state before, repeated until it is right: what arms a cache in the state "looked". */
export async function peek(input: LookInput, context: TaskContext): Promise<{ armed: boolean }> {
  const gaze = openGaze(input.observer, false, {
    ...input,
    operation: operations[input.operation],
    native: context.native,
  });
  try {
    return { armed: await waitForOld(gaze, input.budgetMs, startReport(context.nowNs()), context) };
  } finally {
    gaze.close();
  }
}

function startReport(armedNs: number): LookReport {
  return { armedNs, runs: [], events: [], looks: 0, maxGapNs: 0, endedNs: armedNs, timedOut: false, unarmed: false };
}

async function waitForOld(gaze: Gaze, budgetMs: number, report: LookReport, context: TaskContext): Promise<boolean> {
  const pause = sleeper();
  const endNs = context.nowNs() + budgetMs * 1e6;
  while (gaze.look() !== "old") {
    if (context.nowNs() > endNs || context.signal.aborted) {
      report.unarmed = true;
      return false;
    }
    Atomics.wait(pause, 0, 0, 0.2);
    await yieldToEvents();
  }
  report.armedNs = context.nowNs();
  return true;
}

/** Until a point in time, without touching the file system; the last stretch without giving way, for precision. */
export async function waitUntil(untilNs: number, context: TaskContext): Promise<void> {
  while (untilNs - context.nowNs() > TURN_MS * 1e6 && !context.signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, (untilNs - context.nowNs()) / 1e6 - 3)));
  }
  while (context.nowNs() < untilNs && !context.signal.aborted);
}

async function lookForNew(gaze: Gaze, budgetMs: number, report: LookReport, context: TaskContext): Promise<void> {
  const pause = sleeper();
  const startNs = context.nowNs();
  let previousBeginNs = startNs;
  let turnNs = startNs;
  let looksSinceNew = 0;
  while (!context.signal.aborted) {
    const beginNs = context.nowNs();
    const answer = gaze.look();
    const endNs = context.nowNs();
    note(report, answer, beginNs, endNs);
    report.maxGapNs = Math.max(report.maxGapNs, beginNs - previousBeginNs);
    previousBeginNs = beginNs;
    if (answer === "new" || looksSinceNew > 0) looksSinceNew++;
    if (looksSinceNew > LINGER_LOOKS) return;
    // Counted to the look's begin: one that began in time and was held up is no reason to say that nothing was seen in time.
    const spentMs = (beginNs - startNs) / 1e6;
    report.timedOut = looksSinceNew === 0 && spentMs > budgetMs;
    if (report.timedOut) return;
    const pauseMs = looksSinceNew > 0 ? 0 : pauseAfter(spentMs);
    if (pauseMs > 0) Atomics.wait(pause, 0, 0, pauseMs);
    if (endNs - turnNs < TURN_MS * 1e6) continue;
    await yieldToEvents();
    turnNs = context.nowNs();
  }
}

function pauseAfter(spentMs: number): number {
  return PACE.find(({ untilMs }) => spentMs < untilMs)?.pauseMs ?? 0;
}

function note(report: LookReport, answer: Answer, beginNs: number, endNs: number): void {
  report.looks++;
  const last: AnswerRun | undefined = report.runs.at(-1);
  if (last?.[0] === answer) {
    last[3] = beginNs;
    last[4]++;
    return;
  }
  report.runs.push([answer, beginNs, endNs, beginNs, 1]);
  if (report.runs.length > RUNS_LIMIT) report.runs.splice(RUNS_LIMIT / 2, 1);
}
