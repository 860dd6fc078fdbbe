import { describe, expect, test } from "vitest";
import type { BlockHome, Damage } from "../model.ts";
import type { Bounds } from "../oracle/bounds.ts";
import { pairMisdirected } from "./pairs.ts";

const holding = (low: number, high = low): Bounds => ({
  low,
  high,
  refused: [],
  zerosRight: false,
  inFlight: low < high,
  fence: 1,
  origin: () => undefined,
});
const home = (block: number, generation = 5, region = 1): BlockHome => ({
  region,
  block,
  generation,
  sequence: 9,
  epoch: 1,
});
const damage = (kind: Damage["kind"], block: number, more: Partial<Damage> = {}): Damage => ({
  kind,
  region: 1,
  block,
  blocks: 1,
  allowed: { low: 5, high: 5 },
  ...more,
});
const strayed = (block: number, found: BlockHome): Damage => damage("misdirected", block, { found });

const kinds = (damages: Damage[], bounds: Bounds | undefined = holding(5)): string[] =>
  pairMisdirected(damages, () => bounds).map(({ kind }) => kind);

describe("both ends of a misdirected block", () => {
  test("two that hold each other are swapped", () => {
    expect(kinds([strayed(10, home(20)), strayed(20, home(10))])).toEqual(["swapped", "swapped"]);
    const acrossRegions = [strayed(10, home(10, 5, 2)), { ...strayed(10, home(10)), region: 2 }];
    expect(kinds(acrossRegions)).toEqual(["swapped", "swapped"]);
  });

  test("one whose home holds another run's block of its own number is not", () => {
    expect(kinds([strayed(10, home(20)), damage("foreign-run", 20, { found: home(10) })])).toEqual([
      "misdirected",
      "foreign-run",
    ]);
  });

  test("a copy whose home is right is duplicated", () => {
    expect(kinds([strayed(20, home(10))])).toEqual(["duplicated"]);
    expect(kinds([strayed(20, home(10))], holding(4, 6))).toEqual(["duplicated"]);
  });

  test("one that is missing from its home is misdirected", () => {
    expect(kinds([damage("lost-write", 10), strayed(20, home(10))])).toEqual(["lost-write", "misdirected"]);
    expect(kinds([damage("zeroed", 5, { blocks: 8 }), strayed(20, home(10))])).toEqual(["zeroed", "misdirected"]);
    expect(kinds([damage("zeroed", 5, { blocks: 5 }), strayed(20, home(10))])).toEqual(["zeroed", "duplicated"]);
  });

  test("one whose home has been written since is misdirected: nobody knows whether it ever came home", () => {
    expect(kinds([strayed(20, home(10, 4))])).toEqual(["misdirected"]);
  });

  test("one that belongs where there is no place is misdirected", () => {
    expect(pairMisdirected([strayed(20, home(1e9))], () => undefined)).toEqual([strayed(20, home(1e9))]);
  });

  test("a ring of three are three misdirected blocks", () => {
    expect(kinds([strayed(1, home(2)), strayed(2, home(3)), strayed(3, home(1))])).toEqual(
      Array(3).fill("misdirected"),
    );
  });

  test("asks for the home's bounds, and leaves the rest of a damage as it was", () => {
    const asked: number[][] = [];
    const [paired] = pairMisdirected([strayed(20, home(10, 5, 3))], (region, block) => {
      asked.push([region, block]);
      return holding(5);
    });
    expect(asked).toEqual([[3, 10]]);
    expect(paired).toEqual({ ...strayed(20, home(10, 5, 3)), kind: "duplicated" });
  });
});
