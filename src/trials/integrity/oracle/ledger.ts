import type { Promised, Region, Session, Settled } from "../model.ts";
import { type Bounds, type GenerationRange, isAllowed, isUncertain, type Origin } from "./bounds.ts";
import { firstAbove, type Stretch, stretchAt, unpromisedSteps } from "./cuts.ts";
import { createSchedule, type Lane, type WorkerSchedule } from "./schedule.ts";

/** What is known of one lane. */
export interface Ledger {
  lane: Lane;
  schedule: WorkerSchedule;
  promised: Promised;
  /** Turns that were handed out. */
  turns: number;
  /** Turns among them that are promised nothing. */
  cuts: Stretch[];
  /** By slot. */
  settlements: Map<number, Settlement>;
}

/** The newest settlement of a slot, with what all of them refused. */
interface Settlement {
  generation: number;
  refused: readonly GenerationRange[];
}

const NEVER_SETTLED: Settlement = { generation: 0, refused: [] };

/** The ledgers of one worker, before any settlement. */
export function openLedgers(promised: Promised, worker: number): Ledger[] {
  const schedule = createSchedule(promised.workload, worker);
  const steps = promised.sessions.at(-1)?.workers[worker]?.issued ?? 0;
  const unpromised = unpromisedSteps(promised, worker);
  return schedule.lanes.map((lane) => ({
    lane,
    schedule,
    promised,
    turns: schedule.turnsBefore(lane, steps),
    cuts: unpromised
      .map(([from, to]): Stretch => [schedule.turnsBefore(lane, from), schedule.turnsBefore(lane, to)])
      .filter(([from, to]) => from < to),
    settlements: new Map(),
  }));
}

/** Takes in what was found after a session. @throws RangeError when it was not allowed then: that is a damage */
export function settle(ledger: Ledger, session: Session, [region, slot, generation]: Settled): void {
  const { lane, schedule, settlements } = ledger;
  const steps = session.workers[lane.worker]?.issued ?? 0;
  const then = boundsUpTo(ledger, slot, schedule.turnsBefore(lane, steps));
  if (!isAllowed(then, generation))
    throw new RangeError(`slot ${slot} of region ${region} cannot be settled on generation ${generation}`);
  const before = settlements.get(slot) ?? NEVER_SETTLED;
  // Settled on the same once more, what was refused grows; settled on a newer one, it starts afresh above that.
  const kept = before.refused.filter(({ from }) => from !== generation + 1);
  const refused = then.high > generation ? [...kept, { from: generation + 1, to: then.high }] : kept;
  settlements.set(slot, { generation, refused });
}

/** What a slot may hold now. */
export function boundsNow(ledger: Ledger, slot: number): Bounds {
  return boundsUpTo(ledger, slot, ledger.turns);
}

function boundsUpTo(ledger: Ledger, slot: number, turns: number): Bounds {
  const { lane, promised } = ledger;
  const { generation, refused } = ledger.settlements.get(slot) ?? NEVER_SETTLED;
  const lastTurn = lane.lastTurn(slot, turns);
  const high = lane.generationOf(lastTurn);
  const bounds: Bounds = {
    low: Math.max(newestPromised(ledger, slot, lastTurn), generation),
    high,
    refused,
    zerosRight: false,
    inFlight: false,
    fence: promised.sessions.at(-1)?.epoch ?? 0,
    origin: rememberOrigin(ledger, slot, lastTurn),
  };
  const open = isUncertain(bounds);
  bounds.inFlight = open && !isWholeAlways(lane.region, promised.workload.sync.call === "none");
  const isFile = lane.region.kind === "files" || lane.region.kind === "replace";
  bounds.beingMade = isFile && bounds.inFlight && isMadeIn(lane.region, bounds);
  bounds.zerosRight = isFile ? bounds.beingMade : bounds.low === 0;
  return bounds;
}

/** 0 when none is. Whole stretches are skipped: a thousand laps without a sync are one step. */
function newestPromised({ lane, cuts }: Ledger, slot: number, lastTurn: number): number {
  let turn = lastTurn;
  for (let cut = stretchAt(cuts, turn); cut; cut = stretchAt(cuts, turn)) turn = lane.lastTurn(slot, cut[0]);
  return lane.generationOf(turn);
}

/** The blocks of a slot are mostly of one generation, and ask one after the other. */
function rememberOrigin(ledger: Ledger, slot: number, lastTurn: number): Bounds["origin"] {
  const high = ledger.lane.generationOf(lastTurn);
  let asked = 0;
  let origin: Origin | undefined;
  return (generation) => {
    if (generation < 1 || generation > high) return undefined;
    if (generation !== asked)
      origin = originOf(ledger, generation === high ? lastTurn : ledger.lane.turnOf(slot, generation));
    asked = generation;
    return origin;
  };
}

function originOf({ lane, schedule, promised }: Ledger, turn: number): Origin {
  const { workload, sessions } = promised;
  const step = schedule.stepOf(lane, turn);
  const session = firstAbove(sessions.length, (index) => sessions[index]?.workers[lane.worker]?.issued ?? 0, step);
  return { epoch: sessions[session]?.epoch ?? 0, sequence: step * workload.workers + lane.worker };
}

/** A file that is renamed into place has been synced before; but where nothing is ever synced, not even that. */
function isWholeAlways({ kind }: Region, unsynced: boolean): boolean {
  return kind === "replace" && !unsynced;
}

/** Whether a generation that makes the file is in flight; an even one of a file that comes and goes takes it away. */
function isMadeIn({ kind }: Region, bounds: Bounds): boolean {
  for (let generation = bounds.low + 1; generation <= bounds.high; generation++) {
    if ((kind === "replace" || generation % 2 === 1) && isAllowed(bounds, generation)) return true;
  }
  return false;
}
