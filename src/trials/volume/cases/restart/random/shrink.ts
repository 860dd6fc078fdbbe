/** A shorter way to the same end, and what was seen there. */
export interface Shrunk<Step> {
  steps: readonly Step[];
  difference: string;
}

/**
 * Leaves out as many steps as it can while what is left still fails: halves first, then quarters, at last single steps
 * (after Zeller's ddmin). `difference` tries steps on a new driver and gives undefined where nothing differs.
 */
export async function shrink<Step>(
  steps: readonly Step[],
  difference: (steps: readonly Step[]) => Promise<string | undefined>,
  mayGoOn: () => boolean,
): Promise<Shrunk<Step> | undefined> {
  const first = await difference(steps);
  if (first === undefined) return undefined;
  let best: Shrunk<Step> = { steps, difference: first };
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.steps.length && mayGoOn(); ) {
      const shorter = best.steps.toSpliced(from, size);
      const seen = shorter.length > 0 ? await difference(shorter) : undefined;
      if (seen === undefined) from += size;
      else best = { steps: shorter, difference: seen };
    }
  }
  return best;
}
