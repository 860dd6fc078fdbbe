/** A source of numbers in [0, 1). */
export type Uniform = () => number;

/**
 * Where the median of one resample of `size` values, drawn with replacement, stands in the sorted sample: one rank from
 * 0, or for an even size the two ranks that it is the mean of. Drawn without the resample: its k-th smallest value has
 * rank floor(n U), where U is the k-th smallest of n uniform numbers, which is beta distributed (David and Nagaraja,
 * Order Statistics, 2.3).
 */
export function resampledMedianRanks(size: number, uniform: Uniform): [lower: number, upper: number] {
  const rankAt = (u: number): number => Math.min(Math.floor(u * size), size - 1);
  const k = Math.ceil(size / 2);
  const lower = betaDraw(k, size - k + 1, uniform);
  if (size % 2 === 1) return [rankAt(lower), rankAt(lower)];
  // Given the k-th, the n - k above it lie evenly between it and 1; the next is the least of those.
  const upper = lower + (1 - lower) * (1 - (1 - uniform()) ** (1 / (size - k)));
  return [rankAt(lower), rankAt(upper)];
}

function betaDraw(a: number, b: number, uniform: Uniform): number {
  const x = gammaDraw(a, uniform);
  return x / (x + gammaDraw(b, uniform));
}

/** Marsaglia and Tsang 2000, for shapes of 1 and more. */
function gammaDraw(shape: number, uniform: Uniform): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normalDraw(uniform);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
  }
}

/** Box and Muller 1958. */
function normalDraw(uniform: Uniform): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
