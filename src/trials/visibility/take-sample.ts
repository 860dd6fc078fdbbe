import type { Agent } from "../../core/agent.ts";
import type { Clock } from "../../core/clock.ts";
import type { ActReport, Cell, LookReport, SampleOp } from "./model.ts";
import type { VisibilityOptions } from "./options.ts";
import type { Pair } from "./rig.ts";
import type { LookInput } from "./tasks/look.ts";
import { actInLabTime, halfWidthNs, lookInLabTime, toAgentTime } from "./timing.ts";

/** One sample to take, with everything that was drawn for it. */
export interface SampleRequest {
  pair: Pair;
  op: SampleOp;
  /** Unique in the run: a name that was used before may still be remembered by a cache. */
  name: string;
  /** A random pause before the change, so that no cache lifetime locks in phase with the trial. */
  gapNs: number;
  /** How late a relay may tell of a change, or of the preparation for it; 0 where the kernel tells by itself. */
  relayMs: number;
}

/** One change and what was seen of it: prepare, arm, act, look. */
export async function takeSample(
  request: SampleRequest,
  options: VisibilityOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<SampleOp> {
  const { pair, op, name } = request;
  const { cell } = op;
  const { writer, reader } = pair;
  await writer.agent.call(
    "visibility.prepare",
    { directory: writer.directory, name, operation: cell.operation },
    { signal },
  );
  if (request.relayMs > 0) await clock.sleep(request.relayMs, signal);
  const input: LookInput = {
    directory: reader.directory,
    name,
    operation: cell.operation,
    observer: cell.observer,
    state: cell.state,
    budgetMs: cell.observer === "inotify" ? Math.min(options.eventTimeoutMs, options.timeoutMs) : options.timeoutMs,
    ...(request.relayMs > 0 ? { lingerMs: request.relayMs } : {}),
  };
  const seen = looksBefore(cell)
    ? await actWhileLooking(request, input, clock, signal)
    : await lookAfterActing(request, input, clock, signal);
  return {
    ...op,
    ...(seen.act ? { act: actInLabTime(writer.agent, seen.act) } : {}),
    look: lookInLabTime(reader.agent, seen.look),
    clockHalfWidthNs: halfWidthNs(writer.agent) + halfWidthNs(reader.agent),
  };
}

const looksBefore = ({ state }: Cell): boolean => state !== "never" && state !== "looked";

interface Seen {
  act?: ActReport;
  look: LookReport;
}

/** The reader is looking, listening or holding before the change is ordered. */
async function actWhileLooking(
  { pair, op, name, gapNs }: SampleRequest,
  input: LookInput,
  clock: Clock,
  signal: AbortSignal,
): Promise<Seen> {
  const { writer, reader } = pair;
  const task = op.cell.observer === "inotify" ? "visibility.watch" : "visibility.look";
  let armed: () => void = () => {};
  const whenArmed = new Promise<void>((resolve) => {
    armed = resolve;
  });
  // The time-out counts from the change on, and the reader's time from its arming.
  const waiting = { ...input, budgetMs: input.budgetMs + gapNs / 1e6 };
  const unneeded = new AbortController();
  const until = AbortSignal.any([signal, unneeded.signal]);
  const look = reader.agent.call<LookReport>(task, waiting, { signal: until, onEvent: () => armed() });
  look.catch(() => {});
  try {
    const early = await Promise.race([whenArmed, look]);
    if (early) return { look: early };
    const act = await orderAct(writer.agent, name, clock.nowNs() + gapNs, signal);
    return { act, look: await look };
  } finally {
    unneeded.abort(new Error("the sample is over"));
  }
}

/**
 * The reader has never looked, or just once; it is told to look when the change has been made. Both looking at one set time would be
 * sooner by the way of two messages, and on a busy machine wrong: a writer that comes late would be overtaken.
 */
async function lookAfterActing(
  { pair, op, name, gapNs }: SampleRequest,
  input: LookInput,
  clock: Clock,
  signal: AbortSignal,
): Promise<Seen> {
  const { writer, reader } = pair;
  if (op.cell.state === "looked") {
    const { armed } = await reader.agent.call<{ armed: boolean }>("visibility.peek", input, { signal });
    if (!armed) return { look: unarmed(clock.nowNs()) };
  }
  const act = await orderAct(writer.agent, name, clock.nowNs() + gapNs, signal);
  return { act, look: await reader.agent.call<LookReport>("visibility.look", input, { signal }) };
}

function orderAct(writer: Agent, name: string, dueNs: number, signal: AbortSignal): Promise<ActReport> {
  return writer.call<ActReport>("visibility.act", { name, atNs: toAgentTime(writer, dueNs) }, { signal });
}

function unarmed(armedNs: number): LookReport {
  return { armedNs, runs: [], events: [], looks: 0, maxGapNs: 0, endedNs: armedNs, timedOut: false, unarmed: true };
}
