/** Values in classes: value i occurred `counts[i]` times, a whole number; once each where there are no counts. */
export interface Weighted {
  readonly values: ArrayLike<number>;
  readonly counts?: ArrayLike<number>;
}

/** What the statistics take: a list, or classes that stand for a list too long to be written out. */
export type Values = ArrayLike<number> | Weighted;

/** One view of both. @throws RangeError where counts are not as many as values, or not whole. */
export function weighted(values: Values): Required<Weighted> {
  const list: Weighted = "length" in values ? { values } : values;
  const counts = list.counts ?? new Float64Array(list.values.length).fill(1);
  if (counts.length !== list.values.length)
    throw new RangeError(`${list.values.length} values have ${counts.length} counts`);
  for (let i = 0; i < counts.length; i++)
    if (!Number.isSafeInteger(counts[i]) || (counts[i] as number) < 0)
      throw new RangeError(`a value cannot have occurred ${counts[i]} times`);
  return { values: list.values, counts };
}

/** Puts classes of many parts together: equal values become one class, empty ones go. Values rise in the result. */
export function mergeWeighted(parts: Iterable<Weighted>): { values: number[]; counts: number[] } {
  const classes = new Map<number, number>();
  for (const part of parts) {
    const { values, counts } = weighted(part);
    for (let i = 0; i < values.length; i++) {
      const [value, count] = [values[i] as number, counts[i] as number];
      if (count > 0) classes.set(value, (classes.get(value) ?? 0) + count);
    }
  }
  const sorted = [...classes].sort(([a], [b]) => a - b);
  return { values: sorted.map(([value]) => value), counts: sorted.map(([, count]) => count) };
}
