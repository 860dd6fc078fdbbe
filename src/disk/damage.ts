import { type DiskDamage, type DiskHit, PAGE_BYTES } from "../core/disk.ts";
import { createRandom, type Random } from "../core/random.ts";
import { flipped, scrambled, torn, zeroed } from "./distortions.ts";
import { hitOn } from "./hits.ts";
import type { PageStore } from "./page-store.ts";

/** Half a page of the new version stays. */
const TORN_AT_BYTES = PAGE_BYTES / 2;

/** What one page becomes. */
interface Change {
  page: number;
  bytes: Buffer;
  hit: DiskHit;
}

/**
 * Chooses durable pages and what they become; changes nothing. Fewer than asked for where there are not so many: for
 * `old` and `tear` only pages count whose version before is remembered.
 */
export function planDamage(store: PageStore, damage: DiskDamage): Change[] {
  const random = createRandom(damage.seed);
  const isFit = (page: number) => !needsVersionBefore(damage) || store.previous(page) !== undefined;
  const fit = random.shuffled(store.durablePages(Buffer.from(damage.prefix, "hex")).filter(isFit));
  if (damage.how === "swap" || damage.how === "copy") {
    return pairs(fit, damage.pages).flatMap((pair) => pairChanges(store, damage.how, pair));
  }
  return fit.slice(0, damage.pages).map((page) => pageChange(store, damage, page, random));
}

function needsVersionBefore({ how }: DiskDamage): boolean {
  return how === "old" || how === "tear";
}

function pairs(pages: readonly number[], count: number): [number, number][] {
  const found: [number, number][] = [];
  for (let i = 0; i + 1 < pages.length && found.length < count; i += 2) {
    found.push([pages[i] as number, pages[i + 1] as number]);
  }
  return found;
}

/** The first page gets what the second holds; in a swap the second gets what the first held. */
function pairChanges(store: PageStore, how: DiskDamage["how"], [page, other]: [number, number]): Change[] {
  const [bytes, otherBytes] = [store.page(page), store.page(other)];
  const first = { page, bytes: otherBytes, hit: hitOn(`damage ${how}`, page, bytes, other) };
  if (how === "copy") return [first];
  return [first, { page: other, bytes, hit: hitOn(`damage ${how}`, other, otherBytes, page) }];
}

function pageChange(store: PageStore, { how, bits, seed }: DiskDamage, page: number, random: Random): Change {
  const now = store.page(page);
  const before = store.previous(page) ?? zeroed();
  const own = `${how} ${seed} ${page} ${random.below(2 ** 32)}`;
  const changed = {
    flip: () => flipped(now, bits, own),
    zero: zeroed,
    scramble: () => scrambled(own),
    tear: () => torn(now, before, TORN_AT_BYTES),
    old: () => before,
  };
  const bytes = changed[how as keyof typeof changed]();
  return { page, bytes, hit: hitOn(`damage ${how}`, page, now) };
}
