import { expect, test } from "vitest";
import { createRandom } from "../core/random.ts";
import { resampledMedianRanks } from "./resample.ts";

/** The median's ranks of a resample that is really drawn. */
function ranksByDrawing(size: number, uniform: () => number): [number, number] {
  const drawn = Float64Array.from({ length: size }, () => Math.floor(uniform() * size)).sort();
  return [drawn[Math.ceil(size / 2) - 1] as number, drawn[Math.floor(size / 2)] as number];
}

/** How often the mean of the two ranks is at most each possible value. */
function cumulative(size: number, draw: () => [number, number], draws: number): number[] {
  const counts = new Array<number>(2 * size).fill(0);
  for (let i = 0; i < draws; i++) {
    const [lower, upper] = draw();
    counts[lower + upper] = (counts[lower + upper] ?? 0) + 1;
  }
  let sum = 0;
  return counts.map((count) => (sum += count) / draws);
}

test.each([1, 2, 3, 6, 7, 20, 51])("draws medians of %d values as resampling draws them", (size) => {
  const random = createRandom(`resample ${size}`);
  const fast = cumulative(size, () => resampledMedianRanks(size, random.fraction), 20_000);
  const plain = cumulative(size, () => ranksByDrawing(size, random.fraction), 20_000);
  const distance = Math.max(...fast.map((share, i) => Math.abs(share - (plain[i] as number))));
  // Kolmogorov and Smirnov: with 20,000 draws a side, 0.02 is passed by chance once in a thousand times at the most.
  expect(distance).toBeLessThan(0.02);
});
