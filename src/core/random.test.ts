import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom } from "./random.ts";

describe("a seeded source", () => {
  test("draws these numbers, on every machine and version: stored seeds depend on it", () => {
    const random = createRandom("sea trial");
    const drawn = [random.below(1000), random.below(1000), random.below(1000), random.fraction()];
    expect(drawn).toMatchInlineSnapshot(`
      [
        153,
        346,
        433,
        0.6790645678993315,
      ]
    `);
    expect(random.fork("faults").below(1e6)).toMatchInlineSnapshot(`344616`);
    expect(random.shuffled(["a", "b", "c", "d", "e"]).join("")).toMatchInlineSnapshot(`"edbac"`);
  });

  test("a fork has the same numbers, however much its parent has drawn", () => {
    const [idle, busy] = [createRandom("seed"), createRandom("seed")];
    for (let i = 0; i < 100; i++) busy.below(10);
    expect(busy.fork("plan").below(1e9)).toBe(idle.fork("plan").below(1e9));
    expect(busy.fork("plan").below(1e9)).not.toBe(busy.fork("gaps").below(1e9));
  });

  test.each([2, 6, 1000, 2 ** 32])("below(%d) is even over its range", (limit) => {
    const random = createRandom(`even ${limit}`);
    const parts = new Array<number>(2).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const part = random.below(limit) < limit / 2 ? 0 : 1;
      parts[part] = (parts[part] ?? 0) + 1;
    }
    // Five standard deviations of a fair coin tossed 10,000 times.
    for (const count of parts) expect(Math.abs(count - 5000)).toBeLessThan(250);
  });

  test("limits out of range are refused", () => {
    for (const limit of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN]) {
      expect(() => createRandom("seed").below(limit)).toThrow(RangeError);
    }
    expect(() => createRandom("seed").pick([])).toThrow(RangeError);
  });

  test("draws stay in range, a shuffle is a permutation, a pick is a member", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.integer(), { minLength: 1 }),
        fc.integer({ min: 1 }),
        (seed, items, limit) => {
          const random = createRandom(seed);
          expect(random.below(limit)).toBeLessThan(limit);
          expect(random.fraction()).toBeLessThan(1);
          const byValue = (a: number, b: number): number => a - b;
          expect(random.shuffled(items).sort(byValue)).toEqual([...items].sort(byValue));
          expect(items).toContain(random.pick(items));
        },
      ),
    );
  });
});
