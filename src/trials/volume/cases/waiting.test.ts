import { expect, test } from "vitest";
import { atOnce } from "./waiting.ts";

test("many at once: no more than the limit, results in order", async () => {
  let [current, most] = [0, 0];
  const results = await atOnce([5, 1, 3, 0, 2], 2, async (item, index) => {
    most = Math.max(most, ++current);
    for (let turn = 0; turn < item; turn++) await Promise.resolve();
    current--;
    return `${index}: ${item}`;
  });
  expect(results).toEqual(["0: 5", "1: 1", "2: 3", "3: 0", "4: 2"]);
  expect(most).toBe(2);
});

test("many at once: nothing more is begun after one that failed", async () => {
  const begun: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    await Promise.resolve();
    if (item === 1) throw new Error("stop");
  };
  await expect(atOnce([0, 1, 2, 3, 4, 5, 6, 7], 2, work)).rejects.toThrow("stop");
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).not.toContain(7);
});
