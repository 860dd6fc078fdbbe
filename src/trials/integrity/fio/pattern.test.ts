import { describe, expect, test } from "vitest";
import { generationHex, periodBytes, primePattern } from "./pattern.ts";

describe("the period of a pattern", () => {
  test.each([
    [512, 13],
    [4096, 13],
    [16_384, 37],
    [131_072, 257],
    [259_584, 509],
    [1_048_576, 509],
  ])("for blocks of %i bytes is %i", (blockBytes, bytes) => {
    expect(periodBytes(blockBytes)).toBe(bytes);
  });

  test.each([4096, 65_536, 131_072, 259_584])(
    "lets no two sectors of a block of %i bytes begin alike",
    (blockBytes) => {
      const starts = Array.from({ length: blockBytes / 512 }, (_, sector) => (sector * 512) % periodBytes(blockBytes));
      expect(new Set(starts).size).toBe(starts.length);
    },
  );
});

test("a pattern is the generation, as often as it fits, and the address", () => {
  expect(generationHex(0xabc)).toBe("0x00000abc");
  expect(primePattern(0xabc, 4096)).toBe("0x00000abc00%o");
  expect(primePattern(1, 131_072)).toMatch(/^0x(00000001){62}00%o$/);
});
