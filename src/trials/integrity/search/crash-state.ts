/** An entry of a disk's log, as far as a search looks at it. Times are those of the run's history. */
export type LogMoment = { timeNs: number } & (
  | { kind: "write" | "damage"; offset: number; lengthBytes: number }
  | { kind: "flush"; outcome: "done" | "lied" | "refused" }
  | { kind: "cut" | "power-on" }
);

/** What a power cut could have left: so many entries of the log had happened, and these volatile writes survived. */
export interface CrashState {
  entries: number;
  /** Numbers of entries, rising. */
  survivors: readonly number[];
}

/** Writes, by their entries' numbers, that nothing had made durable when so many entries had happened; rising. */
export function volatileAt(moments: readonly LogMoment[], entries: number): number[] {
  const found: number[] = [];
  for (let index = entries - 1; index >= 0; index--) {
    const moment = moments[index];
    if (moment?.kind === "cut" || (moment?.kind === "flush" && moment.outcome === "done")) break;
    if (moment?.kind === "write") found.push(index);
  }
  return found.reverse();
}

/** The volatile writes that did not survive. */
export function lostIn(moments: readonly LogMoment[], { entries, survivors }: CrashState): number[] {
  const kept = new Set(survivors);
  return volatileAt(moments, entries).filter((index) => !kept.has(index));
}

/** How many entries had happened by then. */
export function entriesBy(moments: readonly LogMoment[], timeNs: number): number {
  let [low, high] = [0, moments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle]?.timeNs ?? Infinity) <= timeNs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** When the next entry came: a crash after so many entries may have been at any time before. */
export function endOf(moments: readonly LogMoment[], entries: number): number {
  return moments[entries]?.timeNs ?? Infinity;
}
