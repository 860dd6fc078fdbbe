import type { Damage } from "../model.ts";
import { type Bounds, isAllowed } from "../oracle/bounds.ts";

/** What the home of a misdirected block may hold; undefined where there is no such place. */
export type BoundsOfBlock = (region: number, block: number) => Bounds | undefined;

/**
 * Looks at both ends of what is not at home. `damages` are all of one verification; those that are misdirected one block
 * each. Two that hold each other are swapped. A copy whose home is right, and may hold just that generation, is duplicated.
 * What stays misdirected is missing from its home, or has been written there once more since.
 */
export function pairMisdirected(damages: readonly Damage[], boundsOf: BoundsOfBlock): Damage[] {
  const damageAt = finderOf(damages);
  return damages.map((damage) => {
    const { kind, found } = damage;
    if (kind !== "misdirected" || !found) return damage;
    const home = damageAt(found.region, found.block);
    if (!home) return isAtHomeToo(damage, boundsOf) ? { ...damage, kind: "duplicated" } : damage;
    const holdEachOther =
      home.kind === "misdirected" && home.found?.region === damage.region && home.found.block === damage.block;
    return holdEachOther ? { ...damage, kind: "swapped" } : damage;
  });
}

function isAtHomeToo({ found }: Damage, boundsOf: BoundsOfBlock): boolean {
  const bounds = found && boundsOf(found.region, found.block);
  return bounds !== undefined && isAllowed(bounds, found?.generation ?? -1);
}

/** By region and block: the order in which damage is told. */
export function byPlace(a: Damage, b: Damage): number {
  return a.region - b.region || a.block - b.block;
}

/** Finds the damage that covers a block. */
function finderOf(damages: readonly Damage[]): (region: number, block: number) => Damage | undefined {
  const sorted = [...damages].sort(byPlace);
  return (region, block) => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const damage = sorted[middle] as Damage;
      if (damage.region < region || (damage.region === region && damage.block + damage.blocks <= block))
        low = middle + 1;
      else high = middle;
    }
    const found = sorted[low];
    return found && found.region === region && found.block <= block ? found : undefined;
  };
}
