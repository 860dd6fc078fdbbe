/**
 * The values of one quantity in rising order. The `censored` ones have no number: they are only known to be greater
 * than `limit`, and so than all of `sorted`; they count all the same.
 */
export interface Sample {
  readonly sorted: Float64Array;
  readonly censored: number;
  /** At least the greatest of `sorted`. Without meaning where none is censored. */
  readonly limit: number;
}

/** A 95 % interval; `null` is an open end: the data set no bound on that side. */
export interface Interval {
  low: number | null;
  high: number | null;
}

/**
 * A sorted copy of `values`. Where some are censored, values above `limit` are censored with them; a limit that nobody
 * knows is the greatest value.
 * @throws RangeError on NaN.
 */
export function sampleOf(values: ArrayLike<number>, censored = 0, limit?: number): Sample {
  const sorted = Float64Array.from(values).sort();
  const greatest = sorted.at(-1) ?? 0;
  if (Number.isNaN(greatest)) throw new RangeError("a sample holds NaN");
  const bound = limit ?? greatest;
  const known = censored === 0 ? sorted.length : countUpTo(sorted, bound);
  return { sorted: sorted.subarray(0, known), censored: censored + sorted.length - known, limit: bound };
}

/** How many, the censored ones included. */
export function sizeOf(sample: Sample): number {
  return sample.sorted.length + sample.censored;
}

/** How many of the sorted values are at most `bound`. */
export function countUpTo(sorted: Float64Array, bound: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
