import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { contentOf, describeContent } from "./content.ts";

const before = contentOf("s7", 0, 96);
const after = contentOf("s7", 1, 96);
const longer = contentOf("s7", 1, 160);

describe("contents", () => {
  it("have the length asked for, and name their file and generation in every 16 bytes", () => {
    fc.assert(
      fc.property(fc.nat(400), fc.nat(3), (length, generation) => {
        const content = contentOf("s12", generation, length);
        expect(content).toHaveLength(length);
        for (let at = 0; at + 16 <= length; at += 16)
          expect(content.slice(at, at + 4)).toBe(`${"ABCD"[generation]}s12`);
      }),
    );
  });

  it("differ between files and between generations", () => {
    expect(new Set([before, after, contentOf("s8", 0, 96), contentOf("s8", 1, 96)]).size).toBe(4);
  });
});

describe("what was seen instead is described", () => {
  test.each<[seen: string, before: string, after: string, words: string]>([
    ["", before, after, "empty"],
    [longer.slice(0, 96), before, longer, "new content cut at the old size of 96 bytes"],
    [after.slice(0, 60), before, after, "first 60 of 96 new bytes"],
    [before.slice(0, 60), before, after, "first 60 of 96 old bytes"],
    [after.slice(0, 32) + before.slice(32), before, after, "torn: new up to byte 32, old after it"],
    [before.slice(0, 32) + after.slice(32), before, after, "torn: old up to byte 32, new after it"],
    ["\0".repeat(96), before, after, "96 zero bytes"],
    [before + "\0".repeat(64), before, before + longer.slice(0, 64), "zeroes from byte 96 on, up to 160"],
    [contentOf("s8", 1, 96), before, after, '96 foreign bytes ("Bs8BBBBBBBBBBBB\\nBs8BBBBB")'],
  ])("%#: %j", (seen, old, fresh, words) => {
    expect(describeContent(seen, old, fresh)).toBe(words);
  });

  test("also where one of the two states has no content", () => {
    expect(describeContent(after.slice(0, 9), undefined, after)).toBe("first 9 of 96 new bytes");
    expect(describeContent(before.slice(0, 9), before, undefined)).toBe("first 9 of 96 old bytes");
    expect(describeContent("else", undefined, undefined)).toBe('4 foreign bytes ("else")');
  });

  test("a tear is called one wherever it is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 17, max: 79 }), fc.boolean(), (at, newFirst) => {
        const [first, second] = newFirst ? [after, before] : [before, after];
        const words = describeContent(first.slice(0, at) + second.slice(at), before, after);
        const [, from, told] = /^torn: (new|old) up to byte (\d+)/.exec(words) ?? [];
        expect(from).toBe(newFirst ? "new" : "old");
        // Bytes that both states share may belong to either.
        expect(Number(told)).toBeGreaterThanOrEqual(at);
        expect(Number(told)).toBeLessThan(at + 16);
      }),
    );
  });
});
