import { randomFillSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { BLOCK_BYTES, type DamageKind, SECTOR_BYTES } from "../model.ts";
import type { Bounds } from "../oracle/bounds.ts";
import { classifyBlock } from "./classify.ts";
import { type BlockIdentity, stampBlock } from "./format.ts";
import { type BlockSubject, createBlockSubject } from "./subject.ts";

const RUN_ID = "00112233445566778899aabbccddeeff";
const subject = createBlockSubject(RUN_ID);
const PLACE = { region: 7, block: 10 };
/** Generation g of block 10 is step 100 g of the epoch in which it was issued: two generations an epoch. */
const origin = (generation: number) => ({ epoch: Math.ceil(generation / 2), sequence: generation * 100 });

const settledOn = (generation: number): Bounds => ({
  low: generation,
  high: generation,
  refused: [],
  zerosRight: generation === 0,
  inFlight: false,
  fence: 3,
  origin: (of) => (of >= 1 && of <= 5 ? origin(of) : undefined),
});
const FIVE = settledOn(5);
const FOUR_OR_FIVE: Bounds = { ...FIVE, low: 4, inFlight: true };

function block(identity: Partial<BlockIdentity> = {}, of: BlockSubject = subject): Buffer {
  const generation = identity.generation ?? 5;
  const made = Buffer.alloc(BLOCK_BYTES);
  stampBlock(made, 0, of, { ...PLACE, generation, ...origin(generation), timeNs: 123_456_789, ...identity });
  return made;
}

/** Sectors from `from` to `to` come from another block. */
function spliced(into: Buffer, from: number, to: number, other: Buffer): Buffer {
  other.copy(into, from * SECTOR_BYTES, from * SECTOR_BYTES, to * SECTOR_BYTES);
  return into;
}

function flipped(bytes: Buffer, ...bits: number[]): Buffer {
  for (const bit of bits) bytes[bit >>> 3] = (bytes[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
  return bytes;
}

function name(bytes: Buffer, bounds: Bounds = FIVE) {
  const answer = classifyBlock(bytes, 0, subject, PLACE, bounds);
  if (answer.is !== "damaged") return { kind: answer.is, ...answer };
  const { region, block: at, blocks, allowed, ...rest } = answer.damage;
  expect({ region, block: at, blocks, allowed }).toEqual({
    ...PLACE,
    blocks: 1,
    allowed: { low: bounds.low, high: bounds.high },
  });
  return rest;
}

const zeros = Buffer.alloc(BLOCK_BYTES);
const otherRun = createBlockSubject("ffeeddccbbaa99887766554433221100");
const PAYLOAD_BITS = { from: 64 * 8, to: BLOCK_BYTES * 8 };
/** Bits far from each other, over the payload. */
const scattered = (count: number): number[] =>
  Array.from(
    { length: count },
    (_, i) => PAYLOAD_BITS.from + i * Math.floor((PAYLOAD_BITS.to - PAYLOAD_BITS.from) / count),
  );

describe("what is right", () => {
  test("the promised generation", () => {
    expect(name(block())).toEqual({ kind: "right", is: "right", generation: 5, sequence: 500, epoch: 3 });
  });
  test("each that is allowed, whoever's epoch it was", () => {
    expect(name(block({ generation: 4 }), FOUR_OR_FIVE)).toMatchObject({ kind: "right", generation: 4, epoch: 2 });
    expect(name(block(), FOUR_OR_FIVE)).toMatchObject({ kind: "right", generation: 5 });
  });
  test("zeros where nothing is promised", () => {
    expect(name(zeros, { ...FIVE, low: 0, zerosRight: true })).toMatchObject({ kind: "right", generation: 0 });
    expect(name(zeros, settledOn(0))).toMatchObject({ kind: "right", generation: 0 });
  });
  test("a file's zeros while it is made are no generation of it", () => {
    const made: Bounds = { ...FOUR_OR_FIVE, zerosRight: true, beingMade: true };
    expect(name(zeros, made)).toMatchObject({ kind: "torn-in-flight", sectors: "Z,Z,Z,Z,Z,Z,Z,Z" });
  });
  test("pieces of what is allowed while a write was in flight", () => {
    const torn = spliced(block(), 3, 8, block({ generation: 4 }));
    expect(name(torn, FOUR_OR_FIVE)).toMatchObject({ kind: "torn-in-flight", sectors: "5,5,5,4,4,4,4,4" });
    const first = spliced(block(), 6, 8, zeros);
    const open: Bounds = { ...FIVE, low: 0, zerosRight: true, inFlight: true };
    expect(name(first, open)).toMatchObject({ kind: "torn-in-flight", sectors: "5,5,5,5,5,5,Z,Z" });
  });
});

const home = { ...PLACE, generation: 5, sequence: 500, epoch: 3 };
const garbage = () => randomFillSync(Buffer.alloc(BLOCK_BYTES));
const unwhole = "?,?,?,?,?,?,?,?";

const cases: [what: string, bytes: Buffer, kind: DamageKind, evidence: Record<string, unknown>, bounds?: Bounds][] = [
  [
    "one bit of the payload",
    flipped(block(), 2000 * 8),
    "bit-flip",
    { wrongBits: [16_000], sectors: "5,5,5,~,5,5,5,5" },
  ],
  ["as many bits as are still flips", flipped(block(), ...scattered(64)), "bit-flip", { wrongBits: scattered(64) }],
  ["one bit more", flipped(block(), ...scattered(65)), "garbage", { sectors: "~,~,~,~,~,~,~,~" }],
  [
    "one bit of a sector's stamp",
    flipped(block(), 3 * 4096 + 1),
    "bit-flip",
    { wrongBits: [12_289], sectors: "5,5,5,~,5,5,5,5" },
  ],
  ["two sectors' stamps swapped", spliceStamps(), "bit-flip", { wrongBits: [8224, 12_320] }],
  ["one bit of the magic number", flipped(block(), 3), "bit-flip", { wrongBits: [3], sectors: "~,5,5,5,5,5,5,5" }],
  ["one bit of the generation", flipped(block(), 20 * 8), "bit-flip", { wrongBits: [160] }],
  ["one bit of the sequence", flipped(block(), 32 * 8 + 60), "bit-flip", { wrongBits: [316] }],
  ["one bit of the epoch", flipped(block(), 48 * 8), "bit-flip", { wrongBits: [384] }],
  ["two bits of the time", flipped(block(), 40 * 8 + 2, 40 * 8 + 40), "bit-flip", { wrongBits: [322, 360] }],
  [
    "a bit of the time and one of the head's checksum",
    flipped(block(), 340, 500),
    "bit-flip",
    { wrongBits: [340, 500] },
  ],
  ["one bit of the payload's checksum", flipped(block(), 56 * 8 + 31), "bit-flip", { wrongBits: [479] }],
  ["one bit of the head's checksum", flipped(block(), 60 * 8), "bit-flip", { wrongBits: [480] }],
  ["a bit of the head and one of the payload", flipped(block(), 200, 9999), "bit-flip", { wrongBits: [200, 9999] }],
  [
    "one bit where nothing was written",
    flipped(Buffer.alloc(BLOCK_BYTES), 77),
    "bit-flip",
    { wrongBits: [77], sectors: "~,Z,Z,Z,Z,Z,Z,Z" },
    settledOn(0),
  ],
  ["no head", spliceHead(zeros), "header-damaged", { sectors: "?,5,5,5,5,5,5,5" }],
  ["half a head of nonsense", spliceHead(garbage(), block(), 32), "header-damaged", { sectors: "?,5,5,5,5,5,5,5" }],
  ["a head of nonsense", spliceHead(garbage()), "header-damaged", { sectors: "?,5,5,5,5,5,5,5" }],
  [
    "another block's head",
    spliceHead(block({ block: 11 })),
    "header-damaged",
    { found: { ...home, block: 11 }, sectors: "?,5,5,5,5,5,5,5" },
  ],
  ["another generation's head", spliceHead(block({ generation: 4 })), "header-damaged", { sectors: "?,5,5,5,5,5,5,5" }],
  ["many bits of the time", flipped(block(), ...[1, 9, 17, 25, 33, 41].map((bit) => 320 + bit)), "header-damaged", {}],
  [
    "torn in the middle",
    spliced(block(), 4, 8, block({ generation: 4 })),
    "torn",
    { found: home, sectors: "5,5,5,5,4,4,4,4" },
  ],
  ["torn, last sector old", spliced(block(), 7, 8, block({ generation: 4 })), "torn", { sectors: "5,5,5,5,5,5,5,4" }],
  ["torn, first sector old", spliced(block(), 0, 1, block({ generation: 4 })), "torn", { sectors: "4,5,5,5,5,5,5,5" }],
  ["torn in three", spliced(block(), 2, 5, block({ generation: 4 })), "torn", { sectors: "5,5,4,4,4,5,5,5" }],
  ["torn, tail zero", spliced(block(), 6, 8, zeros), "torn", { sectors: "5,5,5,5,5,5,Z,Z" }],
  ["torn, front zero", spliced(block(), 0, 2, zeros), "torn", { sectors: "Z,Z,5,5,5,5,5,5" }],
  [
    "torn with a generation nobody would try",
    spliced(block({ generation: 500 }), 4, 8, block()),
    "torn",
    { sectors: "500,500,500,500,5,5,5,5" },
  ],
  [
    "torn in flight with what is not allowed",
    spliced(block(), 4, 8, block({ generation: 3 })),
    "torn",
    { sectors: "5,5,5,5,3,3,3,3" },
    FOUR_OR_FIVE,
  ],
  ["torn zeros in flight over what is promised", spliced(block(), 4, 8, zeros), "torn", {}, FOUR_OR_FIVE],
  [
    "torn where a slot is replaced as a whole",
    spliced(block(), 4, 8, block({ generation: 4 })),
    "torn",
    {},
    { ...FOUR_OR_FIVE, inFlight: false },
  ],
  [
    "torn with a damaged head, in flight",
    spliceHead(zeros, spliced(block(), 4, 8, block({ generation: 4 }))),
    "torn",
    { sectors: "?,5,5,5,4,4,4,4" },
    FOUR_OR_FIVE,
  ],
  [
    "the generation before",
    block({ generation: 4 }),
    "lost-write",
    { found: { ...PLACE, generation: 4, sequence: 400, epoch: 2 } },
  ],
  ["two generations behind", block({ generation: 3 }), "lost-write", {}],
  [
    "an old one of which no origin is known",
    block({ generation: 4 }),
    "lost-write",
    {},
    { ...FIVE, origin: (of) => (of === 5 ? origin(5) : undefined) },
  ],
  ["another block", block({ block: 11 }), "misdirected", { found: { ...home, block: 11 } }],
  ["the same block of another region", block({ region: 8 }), "misdirected", { found: { ...home, region: 8 } }],
  ["a block of another run", block({}, otherRun), "foreign-run", { found: home }],
  ["a block of another run, elsewhere", block({ block: 3, region: 1 }, otherRun), "foreign-run", {}],
  ["a foreign block where nothing was written", block({}, otherRun), "foreign-run", {}, settledOn(0)],
  ["zeros", zeros, "zeroed", {}],
  ["random bytes", garbage(), "garbage", { sectors: unwhole }],
  ["a sector of random bytes", spliced(block(), 3, 4, garbage()), "garbage", { sectors: "5,5,5,?,5,5,5,5" }],
  ["two sectors exchanged", exchangedSectors(), "garbage", { sectors: "5,?,5,5,5,?,5,5" }],
  ["more than was handed out", block({ generation: 6, epoch: 3, sequence: 1 }), "from-the-future", {}],
  ["a newer epoch than there is", block({ epoch: 4 }), "from-the-future", {}],
  ["what an older epoch was never given", block({ generation: 6, epoch: 2, sequence: 1 }), "zombie-writer", {}],
  ["our generation by an older epoch", block({ epoch: 2 }), "zombie-writer", {}],
  ["an old generation by a still older epoch", block({ generation: 4, epoch: 1 }), "zombie-writer", {}],
  [
    "what a settlement had found absent",
    block({ generation: 4 }),
    "zombie-writer",
    {},
    { ...FIVE, refused: [{ from: 4, to: 4 }] },
  ],
  ["the same, with nothing newer", block(), "zombie-writer", {}, { ...FIVE, low: 4, refused: [{ from: 5, to: 5 }] }],
];

function spliceHead(head: Buffer, into = block(), lengthBytes = 64): Buffer {
  head.copy(into, 0, 0, lengthBytes);
  return into;
}

function spliceStamps(): Buffer {
  const [bytes, original] = [block(), block()];
  original.copy(bytes, 2 * SECTOR_BYTES, 3 * SECTOR_BYTES, 3 * SECTOR_BYTES + 8);
  original.copy(bytes, 3 * SECTOR_BYTES, 2 * SECTOR_BYTES, 2 * SECTOR_BYTES + 8);
  return bytes;
}

function exchangedSectors(): Buffer {
  const [bytes, original] = [block(), block()];
  original.copy(bytes, SECTOR_BYTES, 5 * SECTOR_BYTES, 6 * SECTOR_BYTES);
  original.copy(bytes, 5 * SECTOR_BYTES, SECTOR_BYTES, 2 * SECTOR_BYTES);
  return bytes;
}

describe("what is wrong", () => {
  test.each(cases)("%s", (_what, bytes, kind, evidence, bounds = FIVE) => {
    expect(name(bytes, bounds)).toMatchObject({ kind, ...evidence });
  });

  test("is the same wherever it stands in a buffer", () => {
    const buffer = Buffer.concat([Buffer.alloc(72), flipped(block(), 16_000)]);
    const answer = classifyBlock(buffer, 72, subject, PLACE, FIVE);
    expect(answer).toMatchObject({ is: "damaged", damage: { kind: "bit-flip", wrongBits: [16_000] } });
  });
});

describe("blocks of one pattern", () => {
  const patterns = [Buffer.from("a5a5a5a5a5a5a5a5", "hex"), Buffer.from("a5a5a5a5a5a5a5a4", "hex")];
  const constant = createBlockSubject(RUN_ID, (generation) => patterns[generation === 3 ? 1 : 0]);
  const judge = (bytes: Buffer, bounds = FIVE) => classifyBlock(bytes, 0, constant, PLACE, bounds);

  test("are right, and torn where their stamps say so", () => {
    expect(judge(block({}, constant))).toMatchObject({ is: "right", generation: 5 });
    const torn = spliced(block({}, constant), 4, 8, block({ generation: 4 }, constant));
    expect(judge(torn)).toMatchObject({ is: "damaged", damage: { kind: "torn", sectors: "5,5,5,5,4,4,4,4" } });
    expect(judge(torn, FOUR_OR_FIVE)).toMatchObject({ is: "torn-in-flight" });
    const front = spliced(block({}, constant), 0, 1, block({ generation: 4 }, constant));
    expect(judge(front)).toMatchObject({ is: "damaged", damage: { kind: "torn", sectors: "4,5,5,5,5,5,5,5" } });
    const near = spliced(block({}, constant), 4, 8, block({ generation: 3 }, constant));
    expect(judge(near)).toMatchObject({ is: "damaged", damage: { kind: "torn", sectors: "5,5,5,5,3,3,3,3" } });
  });

  test("show flipped bits and damaged heads as others do", () => {
    expect(judge(flipped(block({}, constant), 9999))).toMatchObject({
      damage: { kind: "bit-flip", wrongBits: [9999] },
    });
    expect(judge(flipped(block({}, constant), 160))).toMatchObject({ damage: { kind: "bit-flip", wrongBits: [160] } });
    const stamp = flipped(block({}, constant), 3 * 4096 + 6);
    expect(judge(stamp)).toMatchObject({ damage: { kind: "bit-flip", wrongBits: [12_294] } });
    expect(judge(spliceHead(zeros, block({}, constant)))).toMatchObject({ damage: { kind: "header-damaged" } });
  });
});
