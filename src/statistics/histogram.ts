import { type Values, type Weighted, weighted } from "./weighted.ts";

/** Counts between rising edges: bin i holds edges[i] <= value < edges[i + 1], the last one its upper edge too. */
export interface Histogram {
  edges: number[];
  counts: number[];
  /** Values that a logarithmic scale cannot show: zero and below. */
  outside: number;
}

/**
 * `bins` bins of equal width, or of equal ratio on a log scale, from the least to the greatest value that the scale
 * can show. Values that are all the same make one bin without width; no values make none.
 */
export function histogram(values: Values, bins: number, scale: "linear" | "log"): Histogram {
  const classes = weighted(values);
  const range = rangeOf(classes, scale === "log" ? Number.MIN_VALUE : -Infinity);
  const edges = range ? edgesBetween(range, range.low === range.high ? 1 : bins, scale) : [];
  const counts = new Array<number>(Math.max(edges.length - 1, 0)).fill(0);
  let outside = 0;
  for (let i = 0; i < classes.values.length; i++) {
    const [value, count] = [classes.values[i] as number, classes.counts[i] as number];
    const bin = Math.min(lastEdgeUpTo(edges, value), counts.length - 1);
    if (!range || value < range.low) outside += count;
    else counts[bin] = (counts[bin] ?? 0) + count;
  }
  return { edges, counts, outside };
}

interface Range {
  low: number;
  high: number;
}

function rangeOf({ values, counts }: Required<Weighted>, atLeast: number): Range | undefined {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value < atLeast || counts[i] === 0) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? { low, high } : undefined;
}

function edgesBetween({ low, high }: Range, bins: number, scale: "linear" | "log"): number[] {
  const inner = (share: number): number => (scale === "log" ? low * (high / low) ** share : low + (high - low) * share);
  return Array.from({ length: bins + 1 }, (_, i) => (i === 0 ? low : i === bins ? high : inner(i / bins)));
}

/** Found by halves rather than by arithmetic: a rounded edge must agree with the bin that it bounds. */
function lastEdgeUpTo(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((edges[middle] as number) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
