import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createPermutation } from "./permutation.ts";

const sizes = fc.integer({ min: 1, max: 300 });
const words = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe("a permutation", () => {
  test("has each number once in a lap, and knows where", () => {
    fc.assert(
      fc.property(sizes, words, fc.nat(), (size, seed, lap) => {
        const permutation = createPermutation(size, seed);
        const order = Array.from({ length: size }, (_, position) => permutation.at(lap, position));
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
        expect(order.map((value) => permutation.positionOf(lap, value))).toEqual(order.map((_, position) => position));
      }),
    );
  });

  test("finds its way back in spaces that no memory holds", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 2 ** 32 - 1 }),
        words,
        fc.maxSafeNat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (size, seed, lap, share) => {
          const position = Math.min(size - 1, Math.floor(share * size));
          const permutation = createPermutation(size, seed);
          const value = permutation.at(lap, position);
          expect(value).toBeLessThan(size);
          expect(permutation.positionOf(lap, value)).toBe(position);
        },
      ),
    );
  });

  test("is another one in each lap and for each seed", () => {
    const order = (seed: number, lap: number): string =>
      Array.from({ length: 64 }, (_, position) => createPermutation(64, seed).at(lap, position)).join();
    expect(new Set([order(1, 0), order(1, 1), order(1, 2), order(2, 0), order(3, 0)]).size).toBe(5);
  });

  test("puts every number as often into each part of a lap", () => {
    const [size, laps] = [100, 4000];
    const permutation = createPermutation(size, 0xbeef);
    const inFirstHalf = Array.from({ length: size }, () => 0);
    for (let lap = 0; lap < laps; lap++)
      for (let position = 0; position < size / 2; position++) {
        const value = permutation.at(lap, position);
        inFirstHalf[value] = (inFirstHalf[value] ?? 0) + 1;
      }
    // Five standard deviations of 4000 tosses of a fair coin.
    for (const count of inFirstHalf) expect(Math.abs(count - laps / 2)).toBeLessThan(159);
  });
});
