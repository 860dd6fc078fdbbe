import type { Random } from "../../../core/random.ts";
import { type CrashState, entriesBy, type LogMoment, volatileAt } from "./crash-state.ts";

/** What to choose crash states from. */
export interface Choice {
  moments: readonly LogMoment[];
  /** Times at which something was acknowledged. */
  acknowledgedNs: readonly number[];
  /** No state before so many entries: nothing had been promised. */
  fromEntries: number;
  /** How many states; fewer where there are no more. */
  count: number;
  random: Random;
}

/** Which of the volatile writes survive. */
type Survival = "none" | "all" | "some";

/** Draws that may come to nothing new for each state that is wanted: a short log has few. */
const MISSES_PER_STATE = 20;

/**
 * Crash states, earliest first, none twice. Taken in turn from those right after an acknowledgement, where a promise is
 * new, those on either side of a flush, where most is volatile and where nothing is, and any others.
 */
export function chooseStates(choice: Choice): CrashState[] {
  const { moments, fromEntries, count } = choice;
  const chosen = new Map<string, CrashState>();
  let sources = sourcesOf(choice);
  for (let misses = 0; chosen.size < count && misses < MISSES_PER_STATE * count && sources.length > 0; ) {
    const drawn = sources.map((source) => source.next());
    sources = sources.filter((_, i) => drawn[i]?.done !== true);
    for (const { done, value } of drawn) {
      if (done || chosen.size === count) continue;
      const key = `${value.entries} ${value.survivors.join()}`;
      if (value.entries < fromEntries || value.entries > moments.length || chosen.has(key)) misses++;
      else chosen.set(key, value);
    }
  }
  return [...chosen.values()].sort((a, b) => a.entries - b.entries || a.survivors.length - b.survivors.length);
}

function sourcesOf({ moments, acknowledgedNs, fromEntries, random }: Choice): Iterator<CrashState, undefined>[] {
  const after = acknowledgedNs.map((timeNs) => entriesBy(moments, timeNs));
  const flushes = moments.flatMap((moment, index) =>
    moment.kind === "flush" && moment.outcome === "done" && index >= fromEntries ? [index] : [],
  );
  const state = (entries: number, survival: Survival, draw: Random): CrashState => ({
    entries,
    survivors: surviving(volatileAt(moments, entries), survival, draw),
  });
  const each = function* (label: string, places: readonly number[], survival: Survival) {
    const draw = random.fork(label);
    for (const entries of draw.shuffled(places)) yield state(entries, survival, draw);
    return undefined;
  };
  const any = function* () {
    const draw = random.fork("any");
    const room = moments.length - fromEntries + 1;
    if (room < 1) return undefined;
    for (;;) yield state(fromEntries + draw.below(room), draw.pick(["none", "all", "some", "some"]), draw);
  };
  return [
    each("acknowledged, none", after, "none"),
    each("acknowledged, some", after, "some"),
    each("before a flush, none", flushes, "none"),
    each("before a flush, some", flushes, "some"),
    each(
      "after a flush",
      flushes.map((index) => index + 1),
      "none",
    ),
    any(),
  ];
}

/** How many of `some` survive is drawn too: nearly none, nearly all, or any share between. */
function surviving(writes: readonly number[], survival: Survival, random: Random): readonly number[] {
  if (survival === "none") return [];
  if (survival === "all") return writes;
  const share = random.fraction();
  return writes.filter(() => random.fraction() < share);
}
