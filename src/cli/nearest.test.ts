import { describe, expect, test } from "vitest";
import { didYouMean, nearest } from "./nearest.ts";

describe("the nearest word", () => {
  const words = ["samples", "timeout", "seed", "runtime"];
  test.each([
    ["sampels", "samples"],
    ["SAMPLES", "samples"],
    ["timout", "timeout"],
    ["sede", "seed"],
    ["runtimes", "runtime"],
    ["banana", undefined],
    ["", undefined],
  ])("%s: %s", (word, expected) => {
    expect(nearest(word, words)).toBe(expected);
  });

  test("of none is none", () => {
    expect([nearest("a", []), didYouMean("a", []), didYouMean("sede", words)]).toEqual([
      undefined,
      "",
      ' (did you mean "seed"?)',
    ]);
  });
});
