import { describe, expect, test } from "vitest";
import { createRandom } from "../../../../../core/random.ts";
import { ModelVolume } from "./model.ts";
import { drawSteps, tellStep } from "./steps.ts";

describe("references", () => {
  test("are counted for each ID", () => {
    const volume = new ModelVolume();
    volume.mounted(0, true);
    volume.mounted(0, false);
    volume.mounted(1, true);
    volume.unmounted(0);
    expect([volume.holds(0), volume.holds(1), volume.references()]).toEqual(["yes", "yes", [0, 1]]);
    volume.unmounted(0);
    volume.unmounted(1);
    expect(volume.isHeld).toBe("no");
  });

  test("of a Mount that got no answer may be there, and one Unmount settles it", () => {
    const volume = new ModelVolume();
    volume.maybeMounted(0);
    expect(volume.isHeld).toBe("maybe");
    volume.unmounted(0);
    expect(volume.isHeld).toBe("no");
  });

  test("of an Unmount that got no answer may be gone", () => {
    const volume = new ModelVolume();
    volume.mounted(0, true);
    volume.mounted(0, false);
    volume.maybeUnmounted(0);
    expect(volume.holds(0)).toBe("yes");
    volume.maybeUnmounted(0);
    expect(volume.holds(0)).toBe("maybe");
  });

  test("of before a crash are taken over, or one is added to them", () => {
    const volume = new ModelVolume();
    volume.mounted(0, true);
    volume.mounted(0, true);
    volume.unmounted(0);
    expect(volume.holds(0)).toBe("maybe");
  });
});

test("steps come from the seed alone, with one kill in each stretch", () => {
  const draw = (seed: string) => drawSteps(createRandom(seed), 200, 50);
  expect(draw("a")).toEqual(draw("a"));
  expect(draw("a")).not.toEqual(draw("b"));
  for (let from = 0; from < 200; from += 50)
    expect(
      draw("a")
        .slice(from, from + 50)
        .filter(({ kind }) => kind === "kill"),
    ).toHaveLength(1);
});

test("steps are told in a few words", () => {
  expect(tellStep({ kind: "kill", afterMs: 3, during: { kind: "mount", volume: 2, id: 1 } })).toBe(
    "kill -9 3 ms into Mount v2 as b",
  );
});
