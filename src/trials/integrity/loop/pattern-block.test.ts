import { expect, test } from "vitest";
import { BLOCK_BYTES } from "../model.ts";
import { classifyPatternBlock, filledBlock } from "./pattern-block.ts";

const [a, b] = ["0123456789abcdef", "fedcba9876543210"].map((hex) => filledBlock(Buffer.from(hex, "hex"))) as [
  Buffer,
  Buffer,
];

function changed(from: Buffer, change: (block: Buffer) => void): Buffer {
  const block = Buffer.from(from);
  change(block);
  return block;
}

test.each<[what: string, block: Buffer, allowed: Buffer[], kind: string]>([
  ["as written", a, [a], "right"],
  ["the older of two", a, [b, a], "right"],
  ["some sectors of each of two", Buffer.concat([a.subarray(0, 512), b.subarray(512)]), [a, b], "right"],
  ["the wrong one", b, [a], "garbage"],
  ["half of it wrong", Buffer.concat([a.subarray(0, 2048), b.subarray(2048)]), [a], "garbage"],
  ["zeros", Buffer.alloc(BLOCK_BYTES), [a], "zeroed"],
  ["zeros in one sector", changed(a, (block) => block.fill(0, 512, 1024)), [a], "zeroed"],
  ["one bit", changed(a, (block) => block.writeUInt8(0x03, 0)), [a], "bit-flip"],
  ["four bytes of ones", changed(a, (block) => block.writeUInt32LE(0, 800)), [a], "bit-flip"],
])("%s", (_what, block, allowed, kind) => {
  expect(classifyPatternBlock(block, allowed)).toBe(kind);
});

test("a pattern begins anew with each block", () => {
  expect(filledBlock(Buffer.from([1, 2, 3])).subarray(-2)).toEqual(Buffer.from([3, 1]));
});
