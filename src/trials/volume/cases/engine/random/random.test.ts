import { describe, expect, test } from "vitest";
import { createRandom } from "../../../../../core/random.ts";
import { KeptVolume } from "./model.ts";
import { drawRound, tellStep } from "./steps.ts";
import { misread, readerScript } from "./writer.ts";

describe("a round", () => {
  const draw = (seed: string) => drawRound(createRandom(seed), "engine");

  test("comes from the seed alone", () => {
    expect(draw("a")).toEqual(draw("a"));
    expect(draw("a")).not.toEqual(draw("b"));
  });

  test("has one kill, when something may run already", () => {
    for (const seed of ["a", "b", "c", "d"]) {
      expect(draw(seed).filter(({ kind }) => kind === "kill")).toHaveLength(1);
      expect(draw(seed).findIndex(({ kind }) => kind === "kill")).toBeGreaterThanOrEqual(5);
    }
  });

  test("is told in a few words", () => {
    const during = { kind: "start", volume: 2 } as const;
    expect(tellStep({ kind: "kill", victim: "mounter", during, afterMs: 12 })).toBe(
      "kill -9 of the mounter 12 ms into: start on v2",
    );
  });
});

describe("whether a volume can be removed", () => {
  test("is in doubt after a call that was cut short, and never while a container has it", () => {
    const volume = new KeptVolume("one");
    expect(volume.isRemovable).toBe("no");
    volume.presence = "yes";
    expect(volume.isRemovable).toBe("yes");
    volume.isDoubtful = true;
    expect(volume.isRemovable).toBe("maybe");
    const container = undefined as never;
    volume.writers.add({ number: 1, volume, container, isRunning: false, isCutOff: false });
    expect(volume.isRemovable).toBe("no");
  });
});

describe("what a new container finds", () => {
  const volume = new KeptVolume("one");
  volume.synced.set(7, 12).set(8, 0);

  test("is asked for by mark", () => {
    expect(readerScript([volume])).toBe("echo has 0 $(ls /v/0)\necho mark 0 7 $(sed -n 12p /v/0/marks-7)");
  });

  test("is right with every known mark, also without the file of a container that never wrote", () => {
    expect(misread([volume], "has 0 marks-7\nmark 0 7 12\n")).toBe("");
  });

  test("is right beside what a file system has of its own", () => {
    expect(misread([volume], "has 0 lost+found marks-7\nmark 0 7 12\n")).toBe("");
  });

  test("is wrong without one, and with a file of before", () => {
    expect(misread([volume], "has 0 marks-7\nmark 0 7 \n")).toContain("lost mark 12");
    expect(misread([volume], "has 0 marks-3 marks-7\nmark 0 7 12\n")).toContain("has marks-3");
    expect(misread([volume], "sh: no such file\n")).toContain("was not looked at");
  });
});
