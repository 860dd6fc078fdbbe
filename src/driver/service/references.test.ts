import { describe, expect, test } from "vitest";
import { References } from "./references.ts";

describe("references", () => {
  test("docker cp: one ID mounted twice is held until it was unmounted twice", () => {
    const references = new References();
    references.add("v", "a");
    references.add("v", "a");
    references.drop("v", "a");
    expect(references.held("v")).toEqual({ current: 1, restored: 0 });
    references.drop("v", "a");
    expect(references.isHeld("v")).toBe(false);
  });

  test("engine crash: the first mount in a new epoch adopts the ID", () => {
    const references = new References();
    references.add("v", "a");
    references.add("v", "a");
    references.beginEpoch();
    expect(references.held("v")).toEqual({ current: 0, restored: 2 });
    references.add("v", "a");
    expect(references.held("v")).toEqual({ current: 1, restored: 0 });
    references.drop("v", "a");
    expect(references.isHeld("v")).toBe(false);
  });

  test("driver crash: an ID is doubtful until nothing is counted for it, however it is mounted meanwhile", () => {
    const references = new References();
    references.add("v", "a");
    references.doubt();
    references.add("v", "b");
    references.add("v", "a");
    expect(references.held("v")).toEqual({ current: 1, restored: 2 });
    references.drop("v", "a");
    expect(references.held("v")).toEqual({ current: 1, restored: 1 });
    references.drop("v", "a");
    references.add("v", "a");
    expect(references.held("v")).toEqual({ current: 2, restored: 0 });
  });

  test("an ID that is not adopted is counted down as it was counted up", () => {
    const references = new References();
    references.add("v", "a");
    references.add("v", "a");
    references.beginEpoch();
    references.drop("v", "a");
    expect(references.isHeld("v")).toBe(true);
    references.drop("v", "a");
    expect(references.isHeld("v")).toBe(false);
  });

  test("an unknown ID changes nothing", () => {
    const references = new References();
    references.add("v", "a");
    expect(references.drop("v", "b")).toBeUndefined();
    expect(references.drop("w", "a")).toBeUndefined();
    expect(references.held("v").current).toBe(1);
  });

  test("one ID counts for each volume apart (Podman has but one)", () => {
    const references = new References();
    references.add("v", "a");
    references.add("w", "a");
    references.drop("v", "a");
    expect(references.isHeld("v")).toBe(false);
    expect(references.isHeld("w")).toBe(true);
  });

  test("what is taken back leaves everything as it was, an adoption too", () => {
    const references = new References();
    references.add("v", "a");
    references.add("v", "a");
    references.beginEpoch();
    references.add("v", "a")();
    expect(references.held("v")).toEqual({ current: 0, restored: 2 });
    references.drop("v", "a")?.();
    expect(references.held("v")).toEqual({ current: 0, restored: 2 });
    references.forget("v")();
    expect(references.held("v")).toEqual({ current: 0, restored: 2 });
  });
});
