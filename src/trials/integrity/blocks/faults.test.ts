import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  noise,
  placeIn,
  splice,
  type StoredSlot,
  storedSlots,
  writtenBlock,
} from "../../../../test/fixtures/integrity-blocks.ts";
import { BLOCK_BYTES, type DamageKind, SECTOR_BYTES } from "../model.ts";
import { classifyBlock } from "./classify.ts";
import { classifySlot } from "./slot.ts";
import { createBlockSubject } from "./subject.ts";

const RUNS = { numRuns: 250 };
const FOREIGN = createBlockSubject("ffeeddccbbaa99887766554433221100");

function pick<T>(stored: StoredSlot, items: readonly T[]): T {
  return items[stored.choose(items.length)] as T;
}

/** Pieces of what is allowed, sector by sector, where a write was in flight; else one generation. */
function legalBlock(stored: StoredSlot, index: number, generation: number): Buffer {
  const { bounds, contents } = stored;
  let block = writtenBlock(stored, index, generation);
  if (!bounds.inFlight || stored.choose(2) === 0) return block;
  const pieces = bounds.zerosRight ? [...contents, 0] : contents;
  const from = 1 + stored.choose(7);
  block = splice(block, from, from + 1 + stored.choose(8 - from), writtenBlock(stored, index, pick(stored, pieces)));
  return block;
}

describe("no false alarm", () => {
  test("in any state that is right, after any sessions", () => {
    fc.assert(
      fc.property(storedSlots, (stored) => {
        const { region, slot, bounds, subject, contents } = stored;
        const blocks = region.slotBytes / BLOCK_BYTES;
        const ofAll = pick(stored, contents);
        const parts = Array.from({ length: blocks }, (_, index) =>
          legalBlock(stored, index, bounds.inFlight ? pick(stored, contents) : ofAll),
        );
        const seen = classifySlot(Buffer.concat(parts), 0, subject, { region: region.id, slot, blocks }, bounds);
        expect(seen.damages).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("and what is whole is known by its generation", () => {
    fc.assert(
      fc.property(storedSlots, (stored) => {
        const { region, slot, bounds, subject } = stored;
        const blocks = region.slotBytes / BLOCK_BYTES;
        const generation = pick(stored, stored.contents);
        const parts = Array.from({ length: blocks }, (_, index) => writtenBlock(stored, index, generation));
        const seen = classifySlot(Buffer.concat(parts), 0, subject, { region: region.id, slot, blocks }, bounds);
        expect(seen).toEqual({ generation, newest: generation, tornInFlight: 0, damages: [] });
      }),
      RUNS,
    );
  });
});

/** A damaged block, and what must be said of it; undefined where the slot does not lend itself. */
type Inflict = (
  stored: StoredSlot,
  index: number,
) => { bytes: Buffer; found?: object; sectors?: string; wrongBits?: number[] } | undefined;

const someContent = (stored: StoredSlot, index: number): Buffer =>
  writtenBlock(stored, index, pick(stored, stored.contents));
/** Everything that was ever handed out and is neither allowed nor refused. */
const lostGenerations = ({ naive }: StoredSlot): number[] =>
  naive.origins
    .map((_, i) => i + 1)
    .filter((generation) => !naive.allowed.has(generation) && !naive.refused.has(generation));
const written = (stored: StoredSlot): number[] => stored.contents.filter((generation) => generation > 0);

const faults: [kind: DamageKind, what: string, inflict: Inflict][] = [
  ["bit-flip", "bits of the payload", (stored, index) => flip(stored, index, 1 + stored.choose(64), 64 * 8)],
  ["bit-flip", "a bit or two anywhere", (stored, index) => flip(stored, index, 1 + stored.choose(2), 0)],
  ["torn", "with what is not allowed", tearWithWrong],
  ["zeroed", "a block", (stored) => (stored.bounds.zerosRight ? undefined : { bytes: Buffer.alloc(BLOCK_BYTES) })],
  [
    "header-damaged",
    "another block's head",
    (stored, index) => withHead(stored, index, writtenBlock(stored, index, 1 + stored.choose(9), { block: 1e6 })),
  ],
  ["header-damaged", "a head of noise", (stored, index) => withHead(stored, index, noise(stored))],
  ["garbage", "noise", (stored) => ({ bytes: noise(stored), sectors: "?,?,?,?,?,?,?,?" })],
  [
    "lost-write",
    "what was there before",
    (stored, index) => {
      const lost = lostGenerations(stored);
      if (lost.length === 0) return undefined;
      const generation = pick(stored, lost);
      return { bytes: writtenBlock(stored, index, generation), found: { generation } };
    },
  ],
  [
    "zombie-writer",
    "what a settlement had found absent",
    (stored, index) => {
      const refused = [...stored.naive.refused];
      return refused.length === 0 ? undefined : { bytes: writtenBlock(stored, index, pick(stored, refused)) };
    },
  ],
  [
    "zombie-writer",
    "any generation by an epoch before its own",
    (stored, index) => {
      const generation = 1 + stored.choose(stored.naive.origins.length + 2);
      const epoch = (stored.naive.origins[generation - 1]?.epoch ?? stored.bounds.fence) - 1;
      return epoch < 1
        ? undefined
        : { bytes: writtenBlock(stored, index, generation, { epoch }), found: { generation, epoch } };
    },
  ],
  [
    "from-the-future",
    "more than was handed out",
    (stored, index) => ({ bytes: writtenBlock(stored, index, stored.bounds.high + 1 + stored.choose(3)) }),
  ],
  [
    "from-the-future",
    "an epoch that has not begun",
    (stored, index) => {
      const generation = 1 + stored.choose(stored.bounds.high + 2);
      if (stored.naive.refused.has(generation)) return undefined;
      return { bytes: writtenBlock(stored, index, generation, { epoch: stored.bounds.fence + 1 }) };
    },
  ],
  [
    "misdirected",
    "another block",
    (stored, index) => {
      const block = placeIn(stored, index).block + 1 + stored.choose(100);
      const region = stored.region.id + stored.choose(3);
      return { bytes: writtenBlock(stored, index, 1 + stored.choose(9), { block, region }), found: { block, region } };
    },
  ],
  [
    "foreign-run",
    "a block of another run",
    (stored, index) => ({ bytes: writtenBlock({ ...stored, subject: FOREIGN }, index, 1 + stored.choose(9)) }),
  ],
];

function flip(stored: StoredSlot, index: number, count: number, fromBit: number): ReturnType<Inflict> {
  const bytes = someContent(stored, index);
  const bits = new Set<number>();
  while (bits.size < count) {
    const bit = fromBit + stored.choose(BLOCK_BYTES * 8 - fromBit);
    // With a pattern, a stamp that a bit has turned into another generation's is that generation's.
    if (!stored.isPatterned || bit % (SECTOR_BYTES * 8) >= 64) bits.add(bit);
  }
  for (const bit of bits) bytes[bit >>> 3] = (bytes[bit >>> 3] as number) ^ (1 << (bit & 7));
  return { bytes, wrongBits: [...bits].sort((a, b) => a - b) };
}

/** At least one sector, and not all, of a generation that may not be there. */
function tearWithWrong(stored: StoredSlot, index: number): ReturnType<Inflict> {
  const { high } = stored.bounds;
  const unknown = stored.isPatterned ? [] : [high + 1, high + 2];
  const choices = [...lostGenerations(stored), ...stored.naive.refused, ...unknown];
  if (choices.length === 0) return undefined;
  const wrong = pick(stored, choices);
  const cut = 1 + stored.choose(7);
  const generation = pick(stored, stored.contents);
  const bytes = splice(writtenBlock(stored, index, generation), cut, 8, writtenBlock(stored, index, wrong));
  const symbol = (of: number): string => (of === 0 ? "Z" : String(of));
  const sectors = Array.from({ length: 8 }, (_, sector) => symbol(sector < cut ? generation : wrong));
  return { bytes, sectors: sectors.join(",") };
}

function withHead(stored: StoredSlot, index: number, head: Buffer): ReturnType<Inflict> {
  const generations = written(stored);
  if (generations.length === 0) return undefined;
  const generation = pick(stored, generations);
  const bytes = writtenBlock(stored, index, generation);
  head.copy(bytes, 0, 0, 64);
  return { bytes, sectors: `?${`,${generation}`.repeat(7)}` };
}

describe("a single fault on any block is named", () => {
  test.each(faults)("%s: %s", (kind, _what, inflict) => {
    let named = 0;
    fc.assert(
      fc.property(storedSlots, (stored) => {
        const index = stored.choose(stored.region.slotBytes / BLOCK_BYTES);
        const inflicted = inflict(stored, index);
        if (!inflicted) return;
        const { bytes, ...evidence } = inflicted;
        const place = placeIn(stored, index);
        const answer = classifyBlock(bytes, 0, stored.subject, place, stored.bounds);
        const { wrongBits, ...damage } = {
          wrongBits: undefined,
          ...(answer.is === "damaged" ? answer.damage : answer),
        };
        expect({
          ...damage,
          ...(wrongBits && { wrongBits: [...wrongBits].sort((a: number, b: number) => a - b) }),
        }).toMatchObject({
          kind,
          ...place,
          blocks: 1,
          ...evidence,
        });
        named++;
      }),
      RUNS,
    );
    expect(named).toBeGreaterThan(30);
  });

  test("and of a slot only the block that it hit", () => {
    fc.assert(
      fc.property(storedSlots, (stored) => {
        const { region, slot, bounds, subject } = stored;
        const blocks = region.slotBytes / BLOCK_BYTES;
        const hit = stored.choose(blocks);
        const generation = pick(stored, stored.contents);
        const parts = Array.from({ length: blocks }, (_, index) => writtenBlock(stored, index, generation));
        noise(stored).copy(parts[hit] as Buffer, SECTOR_BYTES, 0, SECTOR_BYTES);
        const seen = classifySlot(Buffer.concat(parts), 0, subject, { region: region.id, slot, blocks }, bounds);
        expect(seen.generation).toBeUndefined();
        expect(seen.damages).toMatchObject([{ kind: "garbage", block: slot * blocks + hit }]);
      }),
      RUNS,
    );
  });
});
