import { formatQuantity } from "../../../core/quantity.ts";
import { BLOCK_BYTES, type Damage, type Region } from "../model.ts";

/** How files of a region are called in a finding. */
const NAMES: Readonly<Record<Region["kind"], string>> = {
  "in-place": "data file",
  append: "log file",
  files: "small file",
  replace: "replaced file",
};

/** "data file 1, bytes 40960 to 45055"; for regions of many files, which one. */
export function placeOf(
  { region: id, block, blocks }: Pick<Damage, "region" | "block" | "blocks">,
  regions: readonly Region[],
): string {
  const region = regions.find((one) => one.id === id);
  if (!region) return `region ${id}, block ${block}`;
  const name = NAMES[region.kind];
  const perSlot = region.slotBytes / BLOCK_BYTES;
  if (region.kind === "files" || region.kind === "replace") {
    const first = Math.floor(block / perSlot);
    const last = Math.floor((block + blocks - 1) / perSlot);
    return first === last ? `${name} ${first}` : `${name}s ${first} to ${last}`;
  }
  const from = block * BLOCK_BYTES;
  return `${name} ${id}, bytes ${from} to ${from + blocks * BLOCK_BYTES - 1}`;
}

/** One damage in words: what, where, what was found and what would have been right. */
export function describeDamage(damage: Damage, regions: readonly Region[]): string {
  const parts = [`${damage.kind} at ${placeOf(damage, regions)}`];
  const { allowed, found, sectors, wrongBits, systemCode, sizeBytes } = damage;
  if (found) parts.push(foundText(damage, found, regions));
  if (sectors !== undefined) parts.push(`sectors ${sectors}`);
  if (wrongBits) parts.push(`${wrongBits.length} wrong bit(s), the first at bit ${wrongBits[0]}`);
  if (systemCode !== undefined) parts.push(systemCode);
  if (sizeBytes !== undefined) parts.push(`the file has ${formatQuantity(sizeBytes, "bytes")} (${sizeBytes})`);
  parts.push(
    allowed.low === allowed.high
      ? `want generation ${allowed.low}`
      : `want generation ${allowed.low} to ${allowed.high}`,
  );
  return parts.join(", ");
}

function foundText(
  damage: Damage,
  { region, block, generation, epoch }: NonNullable<Damage["found"]>,
  regions: readonly Region[],
): string {
  const isHome = region === damage.region && block === damage.block;
  const home = isHome ? "" : ` of ${placeOf({ region, block, blocks: 1 }, regions)}`;
  return `found generation ${generation}${home}, written in epoch ${epoch}`;
}
