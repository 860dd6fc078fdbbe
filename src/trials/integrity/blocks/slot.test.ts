import { describe, expect, test } from "vitest";
import { BLOCK_BYTES } from "../model.ts";
import type { Bounds } from "../oracle/bounds.ts";
import { stampBlock, stampSlot } from "./format.ts";
import { classifySlot } from "./slot.ts";
import { createBlockSubject } from "./subject.ts";

const subject = createBlockSubject("00112233445566778899aabbccddeeff");
const BLOCKS = 32;
const PLACE = { region: 2, slot: 3, blocks: BLOCKS };
const OPEN: Bounds = {
  low: 4,
  high: 5,
  refused: [],
  zerosRight: false,
  inFlight: true,
  fence: 1,
  origin: (generation) => ({ epoch: 1, sequence: generation }),
};
const FIVE: Bounds = { ...OPEN, low: 5, inFlight: false };

/** The first `newBlocks` blocks are of generation 5, the rest of 4. */
function partlyWritten(newBlocks: number): Buffer {
  const bytes = Buffer.alloc(BLOCKS * BLOCK_BYTES);
  const identity = { ...PLACE, epoch: 1, timeNs: 7 };
  stampSlot(bytes, 0, subject, { ...identity, generation: 4, sequence: 4 });
  for (let i = 0; i < newBlocks; i++) {
    const block = PLACE.slot * BLOCKS + i;
    stampBlock(bytes, i * BLOCK_BYTES, subject, { ...identity, block, generation: 5, sequence: 5 });
  }
  return bytes;
}

const judge = (bytes: Buffer, bounds: Bounds, place = {}) =>
  classifySlot(bytes, 0, subject, { ...PLACE, ...place }, bounds);
const clean = { tornInFlight: 0, damages: [] };

describe("a slot of many blocks", () => {
  test("of one generation can be settled on it", () => {
    expect(judge(partlyWritten(32), OPEN)).toEqual({ generation: 5, newest: 5, ...clean });
    expect(judge(partlyWritten(0), OPEN)).toEqual({ generation: 4, newest: 4, ...clean });
  });

  test("partly written while in flight is right, and cannot be settled", () => {
    expect(judge(partlyWritten(20), OPEN)).toEqual({ generation: undefined, newest: 5, ...clean });
  });

  test("partly written once it is promised has lost the rest", () => {
    const { damages, newest } = judge(partlyWritten(20), FIVE);
    expect(newest).toBe(5);
    expect(damages).toHaveLength(12);
    expect(damages[0]).toMatchObject({ kind: "lost-write", region: 2, block: 3 * 32 + 20, found: { generation: 4 } });
  });

  test("that is always replaced as a whole is torn when its blocks differ", () => {
    const whole: Bounds = { ...OPEN, inFlight: false };
    expect(judge(partlyWritten(20), whole).damages).toEqual([
      { kind: "torn", region: 2, block: 96, blocks: 32, allowed: { low: 4, high: 5 } },
    ]);
    expect(judge(partlyWritten(0), whole)).toMatchObject({ generation: 4, ...clean });
  });

  test("with a torn block in flight cannot be settled", () => {
    const bytes = partlyWritten(32);
    partlyWritten(0).copy(bytes, 512 * 9, 512 * 9, 512 * 16);
    expect(judge(bytes, OPEN)).toEqual({ generation: undefined, newest: 5, tornInFlight: 1, damages: [] });
  });

  test("with holes is right where nothing is promised", () => {
    const bytes = partlyWritten(32).fill(0, 10 * BLOCK_BYTES, 12 * BLOCK_BYTES);
    const never: Bounds = { ...OPEN, low: 0, zerosRight: true };
    expect(judge(bytes, never)).toEqual({ generation: undefined, newest: 5, ...clean });
    expect(judge(bytes, OPEN).damages.map(({ kind, block }) => [kind, block])).toEqual([
      ["zeroed", 106],
      ["zeroed", 107],
    ]);
    expect(judge(Buffer.alloc(bytes.length), never)).toEqual({ generation: 0, newest: 0, ...clean });
  });

  test("that is a file being made has no generation", () => {
    const made: Bounds = { ...OPEN, zerosRight: true, beingMade: true };
    expect(judge(Buffer.alloc(BLOCKS * BLOCK_BYTES), made)).toMatchObject({ generation: undefined, tornInFlight: 32 });
  });

  test("of which only a part is there is judged as far as it goes", () => {
    const short = partlyWritten(32).subarray(0, 3 * BLOCK_BYTES);
    expect(judge(short, FIVE, { blocksRead: 3 })).toEqual({ generation: 5, newest: 5, ...clean });
    expect(judge(short, FIVE, { blocksRead: 0 })).toEqual({ generation: undefined, newest: 0, ...clean });
    expect(() => judge(short, FIVE)).toThrow(RangeError);
  });
});
