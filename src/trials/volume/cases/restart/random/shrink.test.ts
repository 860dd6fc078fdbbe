import { expect, test } from "vitest";
import { createRandom } from "../../../../../core/random.ts";
import { shrink } from "./shrink.ts";

const always = () => true;

/** Fails where these are all there, in this order. */
function failsWith(...needed: number[]) {
  return async (steps: readonly number[]) => {
    let at = 0;
    for (const step of steps) if (step === needed[at]) at += 1;
    return at === needed.length ? `seen in ${steps.length}` : undefined;
  };
}

test("only what is needed is left, in its order", async () => {
  const steps = createRandom("shrink").shuffled(Array.from({ length: 100 }, (_, step) => step));
  const needed = [steps[3], steps[50], steps[51], steps[99]].map(Number);
  expect(await shrink(steps, failsWith(...needed), always)).toEqual({ steps: needed, difference: "seen in 4" });
});

test("what does not fail again is not explained", async () => {
  expect(await shrink([1, 2, 3], failsWith(9), always)).toBeUndefined();
});

test("the shortest so far is given when the time is over", async () => {
  let tries = 0;
  const found = await shrink(
    Array.from({ length: 64 }, (_, step) => step),
    failsWith(0),
    () => tries++ < 2,
  );
  expect(found?.steps.length).toBe(32);
});
