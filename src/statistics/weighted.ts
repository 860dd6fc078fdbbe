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

/** Puts classes together part by part: equal values become one class, empty ones go. */
export interface ClassSum {
  add(part: Weighted): void;
  /** Values rise. */
  sum(): { values: number[]; counts: number[] };
}

/** No values yet. */
export function createClassSum(): ClassSum {
  const classes = new Map<number, number>();
  return {
    add: (part) => {
      const { values, counts } = weighted(part);
      for (let i = 0; i < values.length; i++) {
        const [value, count] = [values[i] as number, counts[i] as number];
        if (count > 0) classes.set(value, (classes.get(value) ?? 0) + count);
      }
    },
    sum: () => {
      const rising = [...classes].sort(([a], [b]) => a - b);
      return { values: rising.map(([value]) => value), counts: rising.map(([, count]) => count) };
    },
  };
}

/** The values in classes, each value once, rising. */
export function inClasses(values: Values): { values: number[]; counts: number[] } {
  const classes = createClassSum();
  classes.add(weighted(values));
  return classes.sum();
}
