import { describe, expect, test } from "vitest";
import type { BlockHome, Damage } from "../model.ts";
import type { Bounds } from "../oracle/bounds.ts";
import { createDamageLog } from "./damage-log.ts";
import { mergeDamages } from "./stretches.ts";

const FIVE: Bounds = {
  low: 5,
  high: 5,
  refused: [],
  zerosRight: false,
  inFlight: false,
  fence: 1,
  origin: () => undefined,
};
const home = (block: number, generation = 5): BlockHome => ({ region: 1, block, generation, sequence: 9, epoch: 1 });
const damage = (kind: Damage["kind"], block: number, more: Partial<Damage> = {}): Damage => ({
  kind,
  region: 1,
  block,
  blocks: 1,
  allowed: { low: 5, high: 5 },
  ...more,
});
const lost = (block: number, generation = 4, region = 1): Damage =>
  damage("lost-write", block, { region, found: { ...home(block, generation), region } });

function told(damages: Damage[], promised: Record<number, number> = {}, limit = 200) {
  const log = createDamageLog(limit);
  for (const one of damages) log.add(one);
  const promisedBlocks = new Map(Object.entries(promised).map(([region, blocks]) => [Number(region), blocks]));
  return log.finish({ boundsOf: () => FIVE, promisedBlocks });
}

describe("neighbours with the same thing wrong", () => {
  const extents = (damages: Damage[]): [string, number, number][] =>
    mergeDamages(damages).map(({ kind, block, blocks }) => [kind, block, blocks]);

  test("are one stretch, as far as they go", () => {
    const zeros = [1, 2, 3, 5].map((block) => damage("zeroed", block));
    expect(extents([...zeros, damage("garbage", 6), damage("zeroed", 6, { region: 2 })])).toEqual([
      ["zeroed", 1, 3],
      ["zeroed", 5, 1],
      ["garbage", 6, 1],
      ["zeroed", 6, 1],
    ]);
    expect(extents([damage("truncated", 1, { blocks: 4 }), damage("truncated", 5, { blocks: 2 })])).toEqual([
      ["truncated", 1, 6],
    ]);
  });

  test("keep apart what is told of each", () => {
    const apart: Partial<Damage>[][] = [
      [{ wrongBits: [1] }, { wrongBits: [1] }],
      [{ sectors: "5,5,5,5,4,4,4,4" }, { sectors: "5,5,5,5,5,4,4,4" }],
      [{ systemCode: "EIO" }, { systemCode: "ENODATA" }],
      [{ sizeBytes: 1 }, { sizeBytes: 2 }],
      [{ again: { otherPath: "direct", other: "right", same: "torn" } }, {}],
    ];
    for (const [first, second] of apart)
      expect(extents([damage("torn", 1, first), damage("torn", 2, second)])).toHaveLength(2);
    expect(extents([damage("torn", 1, { sectors: "5,4" }), damage("torn", 2, { sectors: "5,4" })])).toHaveLength(1);
  });

  test("that are not at home belong behind each other, too", () => {
    const strayed = (block: number, at: number): Damage => damage("misdirected", block, { found: home(at) });
    expect(extents([strayed(1, 11), strayed(2, 12), strayed(3, 23)])).toEqual([
      ["misdirected", 1, 2],
      ["misdirected", 3, 1],
    ]);
  });

  test("leaves what it was given as it was", () => {
    const first = damage("zeroed", 1);
    mergeDamages([first, damage("zeroed", 2)]);
    expect(first).toEqual(damage("zeroed", 1));
  });
});

describe("a log of damage", () => {
  test("tells stretches by place and counts blocks by kind", () => {
    const strayed = [damage("misdirected", 7, { found: home(9) }), damage("misdirected", 9, { found: home(7) })];
    const tally = told([damage("zeroed", 3), damage("zeroed", 4), ...strayed, damage("torn", 8)]);
    expect(tally.damages.map(({ kind, block, blocks }) => [kind, block, blocks])).toEqual([
      ["zeroed", 3, 2],
      ["swapped", 7, 1],
      ["torn", 8, 1],
      ["swapped", 9, 1],
    ]);
    expect(tally).toMatchObject({ damageCount: 4, counts: { zeroed: 2, swapped: 2, torn: 1 } });
    expect(tally.counts).not.toHaveProperty("misdirected");
  });

  test("knows that a home in the middle of a stretch is damaged", () => {
    const tally = told([
      ...[1, 2, 3].map((block) => damage("zeroed", block)),
      damage("misdirected", 8, { found: home(2) }),
    ]);
    expect(tally.counts).toEqual({ zeroed: 3, misdirected: 1 });
  });

  test("with no damage is empty", () => {
    expect(told([])).toEqual({ damages: [], damageCount: 0, counts: {} });
  });

  test("tells no more stretches than it is asked to, and counts all", () => {
    const many = Array.from({ length: 70_000 }, (_, i) => damage("zeroed", 2 * i));
    const tally = told(many, {}, 3);
    expect(tally.damages).toHaveLength(3);
    expect(tally).toMatchObject({ damageCount: 70_000, counts: { zeroed: 70_000 } });
    const strayed = told(
      Array.from({ length: 70_000 }, (_, i) => damage("misdirected", 2 * i, { found: home(1e6 + 3 * i) })),
    );
    expect(strayed).toMatchObject({ damageCount: 70_000, counts: { duplicated: 65_536, misdirected: 4464 } });
  });
});

describe("a stale file", () => {
  const region = [0, 1, 2, 3].map((block) => lost(block));

  test("is a region all of which is old", () => {
    expect(told(region, { 1: 4 })).toEqual({
      damages: [{ ...lost(0), kind: "stale-file", blocks: 4 }],
      damageCount: 1,
      counts: { "stale-file": 4 },
    });
  });

  test("may be laps apart in its parts, and have places that were never written", () => {
    const tally = told([lost(0, 4), lost(1, 2), lost(8, 3)], { 1: 3 });
    expect(tally.damages).toMatchObject([{ kind: "stale-file", block: 0, blocks: 9 }]);
    expect(tally.counts).toEqual({ "stale-file": 3 });
  });

  test("is none where anything is new, or there is but one block", () => {
    expect(told(region, { 1: 5 }).counts).toEqual({ "lost-write": 4 });
    expect(told([lost(0)], { 1: 1 }).counts).toEqual({ "lost-write": 1 });
  });

  test("is told of its own region only", () => {
    const tally = told([...region, lost(0, 4, 2), lost(7, 4, 2)], { 1: 4, 2: 9 });
    expect(tally.damages.map(({ kind, region: id, blocks }) => [kind, id, blocks])).toEqual([
      ["stale-file", 1, 4],
      ["lost-write", 2, 1],
      ["lost-write", 2, 1],
    ]);
    expect(tally.counts).toEqual({ "stale-file": 4, "lost-write": 2 });
  });
});
