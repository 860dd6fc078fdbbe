import { expect, test } from "vitest";
import { fileOfGeneration, nextGeneration } from "./generation.ts";

test("generations are counted", () => {
  expect(nextGeneration(0, 0)).toBe(1);
  expect(nextGeneration(1, 1)).toBe(2);
  expect(nextGeneration(2, 2)).toBe(3);
});

test("however many writes come to no end in a row, none of them goes over what was kept", () => {
  for (const kept of [1, 2]) {
    let begun = kept;
    for (let crash = 0; crash < 5; crash++) {
      const next = nextGeneration(begun, kept);
      expect(next).toBeGreaterThan(begun);
      expect(fileOfGeneration("/subject", next)).not.toBe(fileOfGeneration("/subject", kept));
      begun = next;
    }
  }
});
