import type { Random } from "../../../core/random.ts";
import type { Damage, DamageKind } from "../model.ts";
import { chooseStates } from "./choose-states.ts";
import { type CrashState, endOf, entriesBy, type LogMoment, lostIn, volatileAt } from "./crash-state.ts";
import { firstFailing, minimize } from "./minimize.ts";

/** How a promise was broken: nothing can be mounted or read any more, or what is there is not what it must be. */
export type Violation =
  | { kind: "unmountable" | "unreadable"; detail: string }
  | { kind: "damage"; damages: Damage[]; damageCount: number; counts: Partial<Record<DamageKind, number>> };

/** What a storage had promised when. */
export interface Promises<Promised> {
  /** When something was acknowledged, rising. */
  readonly acknowledgedNs: readonly number[];
  /** What was there before was promised nothing. Infinity where nothing ever is. */
  readonly beganNs: number;
  /** What had been promised just before that time. */
  before(timeNs: number): Promised;
}

/** What to search, and how long. */
export interface SearchOrder<Promised> {
  moments: readonly LogMoment[];
  promises: Promises<Promised>;
  /** How many states to try at most, beside those that make a find smaller. */
  points: number;
  random: Random;
  /** Makes a state, and holds what is there against what was promised; undefined when every promise was kept. */
  tryState(state: CrashState, promised: Promised): Promise<Violation | undefined>;
  /** Whether the time is up: what was found by then is told, as small as it is. */
  isOver(): boolean;
  progress(done: number, total: number, detail: string): void;
}

/** A crash state in which a promise is broken. */
export interface Found {
  state: CrashState;
  /** Writes that were lost: volatile ones that did not survive. */
  lost: readonly number[];
  violation: Violation;
}

/** What a search has come to. */
export interface SearchResult {
  /** States that were chosen, and of those the ones tried. */
  chosen: number;
  tried: number;
  /** Entries that lie behind the last state that was tried, when the time was up before the end. */
  reachedEntries: number;
  /** The violation by the earliest crash among those that were chosen. */
  first?: Found;
  /** The same made small: as few lost writes, then as early a crash as was found to do. */
  smallest?: Found & { /** States tried for it. */ tried: number };
}

/** States tried to make a find smaller. */
const MOST_SHRINKS = 200;

/** The entries of the log that a state must have at least: before them nothing was promised. */
export function firstEntries(moments: readonly LogMoment[], promises: Promises<unknown>): number {
  return promises.beganNs === Infinity ? Infinity : entriesBy(moments, promises.beganNs);
}

/** What had been promised when the crash came: all that was acknowledged before the disk's next entry. */
export function promisedAt<Promised>(
  { moments, promises }: Pick<SearchOrder<Promised>, "moments" | "promises">,
  entries: number,
): Promised {
  return promises.before(endOf(moments, entries));
}

/** Tries crash states, earliest first, until a promise is broken; then looks for the least that breaks it. */
export async function search<Promised>(order: SearchOrder<Promised>): Promise<SearchResult> {
  const { moments, promises, points, random, progress } = order;
  const states = chooseStates({
    moments,
    acknowledgedNs: promises.acknowledgedNs,
    fromEntries: firstEntries(moments, promises),
    count: points,
    random,
  });
  const result: SearchResult = { chosen: states.length, tried: 0, reachedEntries: 0 };
  for (const state of states) {
    if (order.isOver()) return result;
    progress(result.tried, states.length, `entry ${state.entries} of ${moments.length}`);
    const violation = await order.tryState(state, promisedAt(order, state.entries));
    result.tried++;
    result.reachedEntries = state.entries;
    if (!violation) continue;
    const lost = lostIn(moments, state);
    result.first = { state, lost, violation };
    return { ...result, smallest: await shrink(order, result.first) };
  }
  return { ...result, reachedEntries: moments.length };
}

async function shrink<Promised>(order: SearchOrder<Promised>, first: Found): Promise<Found & { tried: number }> {
  const { moments, promises, progress } = order;
  let smallest = first;
  let tried = 0;
  const breaks = async (entries: number, lost: readonly number[]): Promise<boolean> => {
    if (tried >= MOST_SHRINKS || order.isOver()) return false;
    progress(++tried, MOST_SHRINKS, `making it smaller: ${lost.length} lost writes, entry ${entries}`);
    const gone = new Set(lost);
    const state = { entries, survivors: volatileAt(moments, entries).filter((index) => !gone.has(index)) };
    const violation = await order.tryState(state, promisedAt(order, entries));
    if (violation) smallest = { state, lost, violation };
    return violation !== undefined;
  };
  const lost = await minimize(first.lost, (some) => breaks(first.state.entries, some));
  const least = Math.max(firstEntries(moments, promises), (lost.at(-1) ?? -1) + 1);
  await firstFailing(crashesBetween(order, least, first.state.entries), (entries) => breaks(entries, lost));
  return { ...smallest, tried };
}

/** Numbers of entries from the least to the last at which something had just been acknowledged. */
function crashesBetween({ moments, promises }: SearchOrder<unknown>, least: number, last: number): number[] {
  const all = promises.acknowledgedNs.map((timeNs) => entriesBy(moments, timeNs)).filter((n) => n >= least && n < last);
  return [...new Set(all), last];
}
