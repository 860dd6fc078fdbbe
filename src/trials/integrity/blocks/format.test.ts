import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BLOCK_BYTES, SECTOR_BYTES } from "../model.ts";
import { headCrc } from "./crc.ts";
import { type BlockIdentity, MAGIC_PREFIX_HEX, readHead, stampBlock, stampSlot } from "./format.ts";
import { createBlockSubject, PAYLOAD } from "./subject.ts";

const RUN_ID = "00112233445566778899aabbccddeeff";
const subject = createBlockSubject(RUN_ID);

const identities = fc.record<BlockIdentity>({
  region: fc.nat({ max: 2 ** 32 - 1 }),
  block: fc.maxSafeNat(),
  generation: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  sequence: fc.maxSafeNat(),
  epoch: fc.nat({ max: 2 ** 32 - 1 }),
  timeNs: fc.maxSafeNat(),
});

const ONE: BlockIdentity = { region: 7, block: 10, generation: 5, sequence: 2 ** 40 + 3, epoch: 3, timeNs: 2 ** 33 };

function blockOf(identity: BlockIdentity): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  stampBlock(block, 0, subject, identity);
  return block;
}

describe("a block", () => {
  test("is laid out so, on every machine and version: stored blocks depend on it", () => {
    const block = blockOf(ONE);
    const words = block.subarray(0, 64).toString("hex").match(/.{16}/g);
    expect(words).toMatchInlineSnapshot(`
      [
        "8953544201000000",
        "0011223344556677",
        "0700000005000000",
        "0a00000000000000",
        "0300000000010000",
        "0000000002000000",
        "0300000000000000",
        "865b0656fcf15bd0",
      ]
    `);
    expect(block.subarray(5 * SECTOR_BYTES, 5 * SECTOR_BYTES + 16).toString("hex")).toMatchInlineSnapshot(
      `"050000005500001168776f61316b2d3d"`,
    );
    expect(crc32(block)).toMatchInlineSnapshot(`4034200878`);
  });

  test("begins with the prefix that disks look for, then with the run's digits", () => {
    expect(blockOf(ONE).subarray(0, 16).toString("hex")).toBe(MAGIC_PREFIX_HEX + RUN_ID.slice(0, 16));
  });

  test("says who it is, and 64 bytes of it are enough", () => {
    fc.assert(
      fc.property(identities, (identity) => {
        const block = blockOf(identity);
        const head = readHead(block.subarray(0, 64), 0);
        expect(head).toEqual({
          ...identity,
          runTag: RUN_ID.slice(0, 16),
          payloadKind: PAYLOAD.tape,
          payloadCrc: crc32(block.subarray(64)),
        });
      }),
    );
  });

  test("no head is read where one byte of it is wrong", () => {
    fc.assert(
      fc.property(fc.nat({ max: 63 }), fc.integer({ min: 1, max: 255 }), (at, wrong) => {
        const block = blockOf(ONE);
        block[at] = (block[at] ?? 0) ^ wrong;
        expect(readHead(block, 0)).toBeUndefined();
      }),
    );
  });

  test("has the same bytes by itself and in its slot, wherever in a buffer", () => {
    const buffer = Buffer.alloc(100 + 4 * BLOCK_BYTES);
    stampSlot(buffer, 100, subject, { ...ONE, slot: 6, blocks: 4 });
    for (let i = 0; i < 4; i++) {
      const at = 100 + i * BLOCK_BYTES;
      expect(buffer.subarray(at, at + BLOCK_BYTES).equals(blockOf({ ...ONE, block: 24 + i }))).toBe(true);
    }
    expect(buffer.subarray(0, 100).equals(Buffer.alloc(100))).toBe(true);
  });

  test("a buffer that is too short is refused before anything is written", () => {
    const buffer = Buffer.alloc(2 * BLOCK_BYTES - 1);
    expect(() => stampSlot(buffer, 0, subject, { ...ONE, slot: 0, blocks: 2 })).toThrow(RangeError);
    expect(() => stampBlock(buffer, BLOCK_BYTES, subject, ONE)).toThrow(RangeError);
    expect(buffer.equals(Buffer.alloc(buffer.length))).toBe(true);
  });

  test("the head's checksum is zlib's", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 60, maxLength: 60 }), fc.nat({ max: 7 }), (bytes, shift) => {
        const moved = Buffer.concat([Buffer.alloc(shift), bytes]);
        expect(headCrc(new DataView(moved.buffer, moved.byteOffset, moved.length), shift)).toBe(crc32(bytes));
      }),
    );
  });
});

describe("payloads", () => {
  const payloadOf = (identity: BlockIdentity, of = subject): string => {
    const block = Buffer.alloc(BLOCK_BYTES);
    stampBlock(block, 0, of, identity);
    return block.subarray(64, SECTOR_BYTES).toString("hex");
  };

  test("differ from neighbour to neighbour, from generation to generation, from run to run", () => {
    const others = [
      { ...ONE, block: 11 },
      { ...ONE, block: 10 + 2 ** 32 },
      { ...ONE, generation: 6 },
      { ...ONE, region: 8 },
    ].map((identity) => payloadOf(identity));
    const foreign = payloadOf(ONE, createBlockSubject(RUN_ID.replace("f", "e")));
    expect(new Set([payloadOf(ONE), ...others, foreign]).size).toBe(6);
    expect(payloadOf({ ...ONE, sequence: 9, epoch: 9, timeNs: 9 })).toBe(payloadOf(ONE));
  });

  test("can be eight bytes over and over, by generation", () => {
    const pattern = Buffer.from("0123456789abcdef", "hex");
    const mixed = createBlockSubject(RUN_ID, (generation) => (generation === 5 ? pattern : undefined));
    expect(payloadOf(ONE, mixed)).toBe("0123456789abcdef".repeat((SECTOR_BYTES - 64) / 8));
    expect(payloadOf({ ...ONE, generation: 6 }, mixed)).toBe(payloadOf({ ...ONE, generation: 6 }));
    const short = createBlockSubject(RUN_ID, () => pattern.subarray(1));
    expect(() => payloadOf(ONE, short)).toThrow("a pattern of 7 bytes: want 8");
  });

  test("a run id that is none is refused", () => {
    for (const id of ["", "xyz", RUN_ID.toUpperCase(), `${RUN_ID}0`])
      expect(() => createBlockSubject(id)).toThrow(RangeError);
  });
});
