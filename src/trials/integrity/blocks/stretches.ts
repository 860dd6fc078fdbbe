import type { Damage, DamageKind } from "../model.ts";

/** Neighbouring blocks with the same thing wrong, as one damage each. `damages` are in order of blocks within each region. */
export function mergeDamages(damages: readonly Damage[]): Damage[] {
  const merged: Damage[] = [];
  for (const damage of damages) {
    const last = merged.at(-1);
    if (last && continues(last, damage)) last.blocks += damage.blocks;
    else merged.push({ ...damage });
  }
  return merged;
}

/** Whether `next` is more of the same. What is told of one block alone keeps stretches apart: its wrong bits, another look. */
export function continues(last: Damage, next: Damage): boolean {
  return (
    last.kind === next.kind &&
    last.region === next.region &&
    last.block + last.blocks === next.block &&
    last.sectors === next.sectors &&
    last.systemCode === next.systemCode &&
    last.sizeBytes === next.sizeBytes &&
    !next.wrongBits &&
    !last.again &&
    !next.again &&
    belongsBehind(last, next)
  );
}

const MISPLACED: readonly DamageKind[] = ["misdirected", "swapped", "duplicated"];

function belongsBehind({ kind, found, blocks }: Damage, next: Damage): boolean {
  if (!MISPLACED.includes(kind)) return true;
  return found?.region === next.found?.region && (found?.block ?? 0) + blocks === next.found?.block;
}

/**
 * Turns the lost writes of a region into one stale file when nothing of the region is newer: all that was promised is
 * lost, as it was at some moment in the past. One block alone is a lost write. Both maps count blocks by region: those of
 * which some generation is promised, and those of them that are lost. How far back each went says nothing: workers that
 * share a region are in different laps of it.
 */
export function joinStaleFiles(
  damages: readonly Damage[],
  promisedBlocks: ReadonlyMap<number, number>,
  lostBlocks: ReadonlyMap<number, number>,
): Damage[] {
  const isStale = (region: number): boolean => {
    const lost = lostBlocks.get(region) ?? 0;
    return lost > 1 && lost === promisedBlocks.get(region);
  };
  const stale = new Map<number, Damage>();
  return damages.flatMap((damage) => {
    if (damage.kind !== "lost-write" || !isStale(damage.region)) return [damage];
    const whole = stale.get(damage.region);
    if (whole) {
      whole.blocks = damage.block + damage.blocks - whole.block;
      return [];
    }
    const first: Damage = { ...damage, kind: "stale-file" };
    stale.set(damage.region, first);
    return [first];
  });
}
