import { expect, test } from "vitest";
import type { Promised, Session } from "../model.ts";
import { foldPromised } from "../oracle/oracle.ts";
import { settlingOf } from "./settle.ts";

const session = (epoch: number, issued: number, synced: number, doomed: [number, number][] = []): Session => ({
  epoch,
  workers: [{ issued, synced, doomed }],
  settled: [],
});

const promised = (...sessions: Session[]): Promised => ({
  workload: {
    runId: "0123456789abcdef0123456789abcdef",
    regions: [{ id: 1, kind: "in-place", slots: 10, slotBytes: 4096 }],
    workers: 1,
    order: "sequential",
    sync: { call: "fsync", everySteps: 5 },
  },
  sessions,
});

function settled(...sessions: Session[]): number[] {
  const all = promised(...sessions);
  const oracle = foldPromised(all);
  const canSettle = settlingOf(all, oracle);
  return [...oracle.uncertain()].map(({ slot }) => slot).filter((slot) => canSettle(1, slot));
}

test("what was in flight is settled on what is found", () => {
  expect(settled(session(1, 8, 5))).toEqual([5, 6, 7]);
});

test("nothing is settled that was written in a session in which a call failed, nor later for the same writes", () => {
  expect(settled(session(1, 8, 8, [[0, 5]]))).toEqual([]);
  expect(settled(session(1, 8, 8, [[0, 5]]), session(2, 10, 8))).toEqual([8, 9]);
});

test("what was written again since, and promised, can be settled again", () => {
  expect(settled(session(1, 8, 8, [[0, 5]]), session(2, 22, 20))).toEqual([0, 1]);
});
