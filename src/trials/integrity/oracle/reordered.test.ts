import { describe, expect, test } from "vitest";
import type { Promised, Region, Session, WorkerProgress } from "../model.ts";
import { foldPromised } from "./oracle.ts";
import { reorderedSlots } from "./reordered.ts";

const REGION: Region = { id: 1, kind: "in-place", slots: 4, slotBytes: 4096 };

/** One worker writes slots 0 to 3 over and over; the first four steps are promised. */
function lost(
  workers: number,
  issued: number,
  found: number[],
  more: Partial<Session & WorkerProgress & { queueDepth: number }> = {},
): number[] {
  const { queueDepth = 1, settled = [], doomed = [], synced = Math.min(issued, 4 / workers) } = more;
  const progress = { issued, synced, doomed };
  const promised: Promised = {
    workload: {
      runId: "00112233445566778899aabbccddeeff",
      workers,
      order: "sequential",
      sync: { call: "fsync", everySteps: 4 },
      regions: [REGION],
    },
    sessions: [{ epoch: 1, workers: Array.from({ length: workers }, () => progress), settled }],
  };
  const seen = found.map((generation, slot) => ({ region: 1, slot, generation }));
  return reorderedSlots(foldPromised(promised), { workers, queueDepth }, seen).map(({ slot }) => slot);
}

describe("slots that were written out of order", () => {
  test("are those that lost a step although a later one was kept", () => {
    expect(lost(1, 8, [1, 2, 1, 2])).toEqual([0, 2]);
    expect(lost(1, 8, [1, 1, 1, 2])).toEqual([0, 1, 2]);
  });

  test("are none where the end is cut off", () => {
    expect(lost(1, 8, [2, 2, 1, 1])).toEqual([]);
    expect(lost(1, 8, [1, 1, 1, 1])).toEqual([]);
    expect(lost(1, 8, [2, 2, 2, 2])).toEqual([]);
  });

  test("count by the first step that a slot lost", () => {
    // Slot 0 lost generations 2 (step 4) and 3 (step 8); step 5 was kept.
    expect(lost(1, 9, [1, 2, 1, 1])).toEqual([0]);
    expect(lost(1, 9, [2, 2, 2, 2])).toEqual([]);
  });

  test("are none that were still in flight when the kept one was asked for", () => {
    // Slots 0 to 3 were written in steps 4 to 7 once more; only that of step 7 was kept.
    expect(lost(1, 8, [1, 1, 1, 2], { queueDepth: 2 })).toEqual([0, 1]);
    expect(lost(1, 8, [1, 1, 1, 2], { queueDepth: 3 })).toEqual([0]);
    expect(lost(1, 8, [1, 1, 1, 2], { queueDepth: 4 })).toEqual([]);
    // Of two workers each counts its own steps: 2 and 3 are of slots 0 and 2, then 1 and 3.
    expect(lost(2, 4, [1, 1, 2, 2])).toEqual([0, 1]);
    expect(lost(2, 4, [1, 1, 2, 2], { queueDepth: 2 })).toEqual([]);
  });

  test("are told of each worker by itself", () => {
    // Slots 0 and 2 are the first worker's, 1 and 3 the second's.
    expect(lost(2, 4, [1, 2, 1, 2])).toEqual([]);
    expect(lost(2, 4, [1, 2, 2, 1])).toEqual([0]);
  });

  test("leave out what a settlement has refused since", () => {
    expect(lost(1, 8, [1, 2, 2, 2], { settled: [[1, 0, 1]] })).toEqual([]);
  });

  test("leave out doomed steps that only promised ones outlive", () => {
    // Slot 0 lost step 4, whose sync failed; slot 1 still holds step 5, which is promised, and lost step 9.
    expect(lost(1, 10, [1, 2, 2, 2], { synced: 8, doomed: [[4, 5]] })).toEqual([]);
    expect(lost(1, 10, [1, 3, 2, 2], { synced: 8, doomed: [[4, 5]] })).toEqual([0]);
  });
});
