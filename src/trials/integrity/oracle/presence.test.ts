import { describe, expect, test } from "vitest";
import type { Promised, Region, RegionKind, Workload } from "../model.ts";
import type { Bounds } from "./bounds.ts";
import { foldPromised } from "./oracle.ts";
import { absentGeneration, allowedSizes, judgePresence } from "./presence.ts";

const SLOT_BYTES = 8192;
const region = (kind: RegionKind, slots = 1): Region => ({ id: 1, kind, slots, slotBytes: SLOT_BYTES });
const promised = (kind: RegionKind, issued: number, synced: number, slots = 1): Promised => ({
  workload: {
    runId: "00112233445566778899aabbccddeeff",
    workers: 1,
    order: "sequential",
    sync: { call: "fsync", everySteps: 1 },
    regions: [region(kind, slots)],
  } satisfies Workload,
  sessions: [{ epoch: 1, workers: [{ issued, synced, doomed: [] }], settled: [] }],
});
const boundsOf = (kind: RegionKind, issued: number, synced: number): Bounds =>
  foldPromised(promised(kind, issued, synced)).bounds(1, 0);

describe("a small file", () => {
  // Of the file's generations, so many were handed out and so many are promised.
  test.each<[RegionKind, issued: number, synced: number, absent: string, present: string, short: string]>([
    ["files", 0, 0, "right", "resurrected", "resurrected"],
    ["files", 1, 0, "right", "right", "right"],
    ["files", 1, 1, "missing", "right", "truncated"],
    ["files", 2, 1, "right", "right", "truncated"],
    ["files", 2, 2, "right", "resurrected", "resurrected"],
    ["files", 3, 2, "right", "right", "right"],
    ["files", 3, 1, "right", "right", "right"],
    ["files", 3, 3, "missing", "right", "truncated"],
    ["replace", 0, 0, "right", "resurrected", "resurrected"],
    ["replace", 1, 0, "right", "right", "truncated"],
    ["replace", 1, 1, "missing", "right", "truncated"],
    ["replace", 2, 1, "missing", "right", "truncated"],
  ])("of %s, written %d times, %d promised: absent %s, present %s, too short %s", (kind, issued, synced, ...wanted) => {
    const sizes = [undefined, SLOT_BYTES, SLOT_BYTES - 1];
    const bounds = boundsOf(kind, issued, synced);
    expect(sizes.map((size) => judgePresence(region(kind), bounds, size) ?? "right")).toEqual(wanted);
  });

  test("that is too long is extended", () => {
    expect(judgePresence(region("files"), boundsOf("files", 1, 1), SLOT_BYTES + 1)).toBe("extended");
    expect(judgePresence(region("files"), boundsOf("files", 2, 2), SLOT_BYTES + 1)).toBe("resurrected");
  });

  test("that is absent is in the newest generation that allows it", () => {
    expect(absentGeneration("files", boundsOf("files", 5, 1))).toBe(4);
    expect(absentGeneration("files", boundsOf("files", 2, 1))).toBe(2);
    expect(absentGeneration("files", boundsOf("files", 1, 1))).toBeUndefined();
    expect(absentGeneration("replace", boundsOf("replace", 5, 0))).toBe(0);
    expect(absentGeneration("replace", boundsOf("replace", 5, 1))).toBeUndefined();
  });

  test("is settled away where a settlement found it so", () => {
    const { workload, sessions } = promised("files", 3, 2);
    const bounds = foldPromised({
      workload,
      sessions: sessions.map((one) => ({ ...one, settled: [[1, 0, 2]] })),
    }).bounds(1, 0);
    expect(judgePresence(region("files"), bounds, undefined)).toBeUndefined();
    expect(judgePresence(region("files"), bounds, SLOT_BYTES)).toBe("resurrected");
  });
});

describe("sizes of one large file", () => {
  const sizes = (kind: RegionKind, issued: number, synced: number) => {
    const { leastBytes, mostBytes } = allowedSizes(foldPromised(promised(kind, issued, synced, 4)), region(kind, 4));
    return [leastBytes / SLOT_BYTES, mostBytes / SLOT_BYTES];
  };

  test("are fixed where it is written in place", () => {
    expect(sizes("in-place", 0, 0)).toEqual([4, 4]);
  });

  test("grow with what is appended, as far as it is promised", () => {
    expect(sizes("append", 0, 0)).toEqual([0, 0]);
    expect(sizes("append", 3, 1)).toEqual([1, 3]);
    expect(sizes("append", 9, 2)).toEqual([2, 4]);
    expect(sizes("append", 9, 9)).toEqual([4, 4]);
  });
});
