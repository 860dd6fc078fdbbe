import { inClasses, type Values, type Weighted } from "./weighted.ts";

/**
 * The values of one quantity in rising order. The `censored` ones have no number: they are only known to be greater
 * than `limit`, and so than all of `sorted`; they count all the same.
 */
export interface Sample {
  readonly sorted: Float64Array;
  /** How often each of `sorted` occurred, 1 or more; of equal ones each counts its own. */
  readonly counts: Float64Array;
  /** How many stand up to and with each of `sorted`. */
  readonly ranks: Float64Array;
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
 * The values in order. Where some are censored, values above `limit` are censored with them; a limit that nobody knows
 * is the greatest value.
 * @throws RangeError on NaN.
 */
export function sampleOf(values: Values, censored = 0, limit?: number): Sample {
  const { sorted, counts } = inOrder(values);
  const ranks = runningSum(counts);
  const bound = limit ?? sorted.at(-1) ?? 0;
  const known = censored === 0 ? sorted.length : firstIndex(sorted, (value) => value > bound);
  return {
    sorted: sorted.subarray(0, known),
    counts: counts.subarray(0, known),
    ranks: ranks.subarray(0, known),
    censored: censored + (ranks.at(-1) ?? 0) - (ranks[known - 1] ?? 0),
    limit: bound,
  };
}

function inOrder(values: Values): Pick<Sample, "sorted" | "counts"> {
  const { values: list, counts }: Weighted = "length" in values ? { values } : values;
  for (let i = 0; i < list.length; i++) if (Number.isNaN(list[i])) throw new RangeError("a sample holds NaN");
  const classes = counts && inClasses({ values: list, counts });
  // Numbers alone are sorted several times faster than classes.
  const sorted = classes ? Float64Array.from(classes.values) : Float64Array.from(list).sort();
  return { sorted, counts: classes ? Float64Array.from(classes.counts) : new Float64Array(sorted.length).fill(1) };
}

function runningSum(counts: Float64Array): Float64Array {
  let sum = 0;
  return counts.map((count) => (sum += count));
}

/** How many, the censored ones included. */
export function sizeOf(sample: Sample): number {
  return knownCount(sample) + sample.censored;
}

/** How many have a number. */
export function knownCount({ ranks }: Sample): number {
  return ranks.at(-1) ?? 0;
}

/** The value with `rank` others before it in the order; `undefined` among the censored, and where there is none. */
export function valueAt({ sorted, ranks }: Sample, rank: number): number | undefined {
  return rank < 0 ? undefined : sorted[firstIndex(ranks, (upTo) => upTo > rank)];
}

/** How many of the values are known to be at most `bound`. */
export function countUpTo({ sorted, ranks }: Sample, bound: number): number {
  return ranks[firstIndex(sorted, (value) => value > bound) - 1] ?? 0;
}

/** Of rising numbers the index of the first that is far enough; their length where none is. */
function firstIndex(rising: Float64Array, isEnough: (value: number) => boolean): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isEnough(rising[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}
