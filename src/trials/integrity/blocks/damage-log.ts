import type { Damage, DamageKind } from "../model.ts";
import { byPlace, pairMisdirected, type BoundsOfBlock } from "./pairs.ts";
import { continues, joinStaleFiles, mergeDamages } from "./stretches.ts";

/** What a verification tells of damage. */
export interface DamageTally {
  /** The first stretches, by region and block. */
  damages: Damage[];
  /** All stretches. */
  damageCount: number;
  /** Blocks by kind, all of them. */
  counts: Partial<Record<DamageKind, number>>;
}

/** What can only be known once everything has been read. */
export interface BothEnds {
  boundsOf: BoundsOfBlock;
  /** By region: blocks of which some generation is promised. */
  promisedBlocks: ReadonlyMap<number, number>;
}

/** Collects damage as it is found; beyond a limit its memory does not grow with the damage. */
export interface DamageLog {
  /** In the order of blocks within each region. */
  add(damage: Damage): void;
  /** Looks at both ends of what is not at home, and at regions all of which are old. */
  finish(ends: BothEnds): DamageTally;
}

/** Misdirected blocks are kept one by one until both ends are known. Beyond these they are told without their other end. */
const KEPT_FOR_PAIRS = 65_536;
/** More stretches than these are counted and not told. */
const KEPT_STRETCHES = 65_536;

/** `told`: how many stretches the tally lists at most. */
export function createDamageLog(told: number): DamageLog {
  const misdirected: Damage[] = [];
  const stretches: Damage[] = [];
  const lost = new Map<number, number>();
  const counts: DamageTally["counts"] = {};
  let beyond = 0;
  let last: Damage | undefined;
  const stretch = (damage: Damage): void => {
    if (last && continues(last, damage)) {
      last.blocks += damage.blocks;
      return;
    }
    last = { ...damage };
    if (stretches.length < KEPT_STRETCHES) stretches.push(last);
    else beyond++;
  };
  return {
    add: (damage) => {
      if (damage.kind === "misdirected" && misdirected.length < KEPT_FOR_PAIRS) {
        misdirected.push(damage);
        return;
      }
      count(counts, damage.kind, damage.blocks);
      if (damage.kind === "lost-write") lost.set(damage.region, (lost.get(damage.region) ?? 0) + damage.blocks);
      stretch(damage);
    },
    finish: ({ boundsOf, promisedBlocks }) => {
      const paired = pairMisdirected([...misdirected, ...stretches], boundsOf);
      for (const { kind, blocks } of paired.slice(0, misdirected.length)) count(counts, kind, blocks);
      const damages = joinStaleFiles(mergeDamages(paired.sort(byPlace)), promisedBlocks, lost);
      for (const { region } of damages.filter(({ kind }) => kind === "stale-file"))
        rename(counts, "lost-write", "stale-file", lost.get(region) ?? 0);
      return { damages: damages.slice(0, told), damageCount: damages.length + beyond, counts };
    },
  };
}

function count(counts: DamageTally["counts"], kind: DamageKind, blocks: number): void {
  counts[kind] = (counts[kind] ?? 0) + blocks;
}

function rename(counts: DamageTally["counts"], from: DamageKind, to: DamageKind, blocks: number): void {
  count(counts, to, blocks);
  const left = (counts[from] ?? 0) - blocks;
  if (left > 0) counts[from] = left;
  else delete counts[from];
}
