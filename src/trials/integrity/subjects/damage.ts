import { createHash } from "node:crypto";
import fs from "node:fs";
import { type BlockIdentity, stampBlock } from "../blocks/format.ts";
import { createBlockSubject } from "../blocks/subject.ts";
import { BLOCK_BYTES, type Damage, type DamageKind, type Promised, type Region, SECTOR_BYTES } from "../model.ts";
import { foldPromised, type Oracle } from "../oracle/oracle.ts";
import { isDirectory, regionPath, slotPath } from "../tasks/region-files.ts";

/** A region that was written and verified, and what the storage promised of it. */
export interface DamagePlace {
  directory: string;
  promised: Promised;
  region: Region;
}

/** What storage does to data behind a writer's back. Blocks count from the region's first. */
export type FileDamage =
  /** `bits`: from the block's start. */
  | { how: "flip"; block: number; bits: readonly number[] }
  | Spoiling
  /** The generation before comes back behind a block's first sectors. */
  | { how: "tear"; block: number; keptSectors: number }
  | Misplacing
  | Resizing
  | Presence
  /** The whole region as it was one generation before. */
  | { how: "age" };

/** lose: the generation before comes back. */
interface Spoiling {
  how: "zero" | "scramble" | "spoil-head" | "foreign" | "zombie" | "future" | "lose";
  block: number;
  blocks: number;
}

/** swap: two blocks change places. copy: one lies at the other's place as well. misdirect: it lies there only. */
interface Misplacing {
  how: "swap" | "copy" | "misdirect";
  block: number;
  other: number;
}

/** Of the region's file, or of the file of one slot. */
interface Resizing {
  how: "resize";
  slot?: number;
  sizeBytes: number;
}

/** The region, or the file of one slot, goes away, or comes back. */
type Presence = { how: "remove"; slot?: number } | { how: "resurrect"; slot: number };

/** What a verification should say of it. */
export type ExpectedDamage = Pick<Damage, "kind" | "region" | "block" | "blocks">;

/** Spoils a region's files on the file system, past every writer, and tells what should be found. */
export function damageFiles(place: DamagePlace, damage: FileDamage): ExpectedDamage[] {
  const medium = new Medium(place);
  const found = (kind: DamageKind, block: number, blocks = 1) => [{ kind, region: place.region.id, block, blocks }];
  switch (damage.how) {
    case "flip":
      medium.change(damage.block, (bytes) => {
        for (const bit of damage.bits) bytes[bit >>> 3] = (bytes[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      });
      return found("bit-flip", damage.block);
    case "tear":
      medium.change(damage.block, (bytes) => {
        const from = damage.keptSectors * SECTOR_BYTES;
        medium.older(damage.block).copy(bytes, from, from);
      });
      return found("torn", damage.block);
    case "swap":
    case "copy":
    case "misdirect":
      return misplace(medium, damage, place.region);
    case "resize":
      return resize(place, damage);
    case "remove":
    case "resurrect":
      return changePresence(place, medium, damage);
    case "age":
      for (let block = 0; block < medium.blocks; block++) medium.replace(block, medium.older(block));
      return found("stale-file", 0, medium.blocks);
    default:
      return spoil(medium, damage, found);
  }
}

const SPOILED: Readonly<Record<Spoiling["how"], DamageKind>> = {
  zero: "zeroed",
  scramble: "garbage",
  "spoil-head": "header-damaged",
  foreign: "foreign-run",
  zombie: "zombie-writer",
  future: "from-the-future",
  lose: "lost-write",
};

function spoil(
  medium: Medium,
  { how, block: first, blocks }: Spoiling,
  found: (kind: DamageKind, block: number, blocks: number) => ExpectedDamage[],
): ExpectedDamage[] {
  for (let block = first; block < first + blocks; block++) {
    if (how === "zero") medium.replace(block, Buffer.alloc(BLOCK_BYTES));
    else if (how === "scramble") medium.replace(block, noise(block));
    else if (how === "lose") medium.replace(block, medium.older(block));
    else if (how === "foreign") medium.replace(block, medium.stamped(block, {}, otherRun(medium.place.promised)));
    else if (how === "zombie") medium.replace(block, medium.stamped(block, { epoch: 0 }));
    else if (how === "future")
      medium.replace(block, medium.stamped(block, { generation: 1_000_000, epoch: 1_000_000 }));
    else medium.change(block, (bytes) => void noise(block).copy(bytes, 0, 0, 32));
  }
  return found(SPOILED[how], first, blocks);
}

function misplace(medium: Medium, { how, block, other }: Misplacing, { id: region }: Region): ExpectedDamage[] {
  const [bytes, otherBytes] = [medium.read(block), medium.read(other)];
  medium.replace(other, bytes);
  if (how === "copy") return [{ kind: "duplicated", region, block: other, blocks: 1 }];
  medium.replace(block, how === "swap" ? otherBytes : medium.older(block));
  const kinds: [DamageKind, DamageKind] = how === "swap" ? ["swapped", "swapped"] : ["lost-write", "misdirected"];
  return [
    { kind: kinds[0], region, block, blocks: 1 },
    { kind: kinds[1], region, block: other, blocks: 1 },
  ];
}

function resize(place: DamagePlace, { slot, sizeBytes }: Resizing): ExpectedDamage[] {
  const { region } = place;
  const file = slot === undefined ? regionPath(place) : slotPath(place, slot);
  const { size } = fs.statSync(file);
  fs.truncateSync(file, sizeBytes);
  const perSlot = region.slotBytes / BLOCK_BYTES;
  const first = (slot ?? 0) * perSlot;
  if (sizeBytes > size && slot !== undefined)
    return [{ kind: "extended", region: region.id, block: first, blocks: perSlot }];
  const least = Math.floor(Math.min(size, sizeBytes) / BLOCK_BYTES);
  const blocks = Math.ceil(Math.max(size, sizeBytes) / BLOCK_BYTES) - least;
  return [{ kind: sizeBytes < size ? "truncated" : "extended", region: region.id, block: first + least, blocks }];
}

function changePresence(place: DamagePlace, medium: Medium, { how, slot }: Presence): ExpectedDamage[] {
  const { region } = place;
  const perSlot = region.slotBytes / BLOCK_BYTES;
  if (slot === undefined) {
    fs.rmSync(regionPath(place), { recursive: true });
    return [{ kind: "missing", region: region.id, block: 0, blocks: medium.blocks }];
  }
  const file = slotPath(place, slot);
  const whole = { region: region.id, block: slot * perSlot, blocks: perSlot };
  if (how === "remove") fs.unlinkSync(file);
  else fs.writeFileSync(file, Buffer.concat(Array.from({ length: perSlot }, (_, i) => medium.older(whole.block + i))));
  return [{ kind: how === "remove" ? "missing" : "resurrected", ...whole }];
}

function otherRun({ workload }: Promised): string {
  return workload.runId.replace(/./g, (digit) => (digit === "0" ? "1" : "0"));
}

function noise(block: number): Buffer {
  const parts = Array.from({ length: BLOCK_BYTES / 64 }, (_, i) =>
    createHash("sha512").update(`${block}.${i}`).digest(),
  );
  return Buffer.concat(parts);
}

/** A region's blocks, wherever its files hold them. */
class Medium {
  readonly place: DamagePlace;
  readonly #oracle: Oracle;

  constructor(place: DamagePlace) {
    this.place = place;
    this.#oracle = foldPromised(place.promised);
  }

  get blocks(): number {
    const { slots, slotBytes } = this.place.region;
    return (slots * slotBytes) / BLOCK_BYTES;
  }

  read(block: number): Buffer {
    const bytes = Buffer.alloc(BLOCK_BYTES);
    this.#withFile(block, (descriptor, position) => fs.readSync(descriptor, bytes, 0, BLOCK_BYTES, position));
    return bytes;
  }

  replace(block: number, bytes: Buffer): void {
    this.#withFile(block, (descriptor, position) => fs.writeSync(descriptor, bytes, 0, BLOCK_BYTES, position));
  }

  change(block: number, how: (bytes: Buffer) => void): void {
    const bytes = this.read(block);
    how(bytes);
    this.replace(block, bytes);
  }

  /** The block as the generation before the newest that is promised left it. */
  older(block: number): Buffer {
    const generation = this.#bounds(block).low - 1;
    return generation === 0 ? Buffer.alloc(BLOCK_BYTES) : this.stamped(block, { generation });
  }

  /** The block as its writer would have made it, but for what is told. */
  stamped(block: number, changed: Partial<BlockIdentity>, runId = this.place.promised.workload.runId): Buffer {
    const bounds = this.#bounds(block);
    const generation = changed.generation ?? bounds.low;
    const { epoch = 1, sequence = 1 } = bounds.origin(generation) ?? {};
    const bytes = Buffer.alloc(BLOCK_BYTES);
    const identity = { region: this.place.region.id, block, generation, epoch, sequence, timeNs: 0, ...changed };
    stampBlock(bytes, 0, createBlockSubject(runId), identity);
    return bytes;
  }

  #bounds(block: number) {
    const { id, slotBytes } = this.place.region;
    return this.#oracle.bounds(id, Math.floor((block * BLOCK_BYTES) / slotBytes));
  }

  #withFile(block: number, act: (descriptor: number, position: number) => void): void {
    const { region } = this.place;
    const offset = block * BLOCK_BYTES;
    const slot = Math.floor(offset / region.slotBytes);
    const file = isDirectory(region) ? slotPath(this.place, slot) : regionPath(this.place);
    const descriptor = fs.openSync(file, "r+");
    try {
      act(descriptor, isDirectory(region) ? offset - slot * region.slotBytes : offset);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  }
}
