import type { Promised } from "../model.ts";

/** Steps or turns [from, to). */
export type Stretch = [from: number, to: number];

/** Steps of a worker that are promised nothing: rising, apart from each other. */
export function unpromisedSteps({ sessions }: Promised, worker: number): Stretch[] {
  const found: Stretch[] = [];
  let begun = 0;
  for (const { workers } of sessions) {
    const progress = workers[worker];
    if (!progress) continue;
    // A later session's sync says nothing of what an earlier one left: its writes may have been lost before.
    found.push([Math.max(progress.synced, begun), progress.issued]);
    for (const [from, to] of progress.doomed) found.push([from, Math.min(to, progress.issued)]);
    begun = progress.issued;
  }
  return joined(found);
}

function joined(stretches: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  for (const [from, to] of stretches.filter(([a, b]) => a < b).sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

/** The stretch that `value` is in. */
export function stretchAt(stretches: readonly Stretch[], value: number): Stretch | undefined {
  const found = stretches[firstAbove(stretches.length, (index) => (stretches[index] as Stretch)[1], value)];
  return found && found[0] <= value ? found : undefined;
}

/** Index of the first of `count` numbers, which do not fall, that is above `value`; `count` when none is. */
export function firstAbove(count: number, numberAt: (index: number) => number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (numberAt(middle) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
