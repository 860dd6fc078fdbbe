import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { histories } from "../../../../test/fixtures/integrity-promises.ts";
import type { Promised, Region, Session, Workload } from "../model.ts";
import { isAllowed, isRefused, isUncertain } from "./bounds.ts";
import { foldPromised } from "./oracle.ts";

const upTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, i) => i);

describe("an oracle", () => {
  test("allows what walking every step allows, and knows who wrote it", () => {
    fc.assert(
      fc.property(histories, ({ promised, slots }) => {
        const oracle = foldPromised(promised);
        for (const { region, slot, allowed, refused, origins } of slots) {
          const bounds = oracle.bounds(region, slot);
          const every = upTo(origins.length + 1);
          expect(every.filter((generation) => isAllowed(bounds, generation))).toEqual(
            [...allowed].sort((a, b) => a - b),
          );
          expect(every.filter((generation) => isRefused(bounds, generation))).toEqual(
            [...refused].sort((a, b) => a - b),
          );
          expect(bounds).toMatchObject({
            low: Math.min(...allowed),
            high: origins.length,
            fence: promised.sessions.length,
          });
          expect(isUncertain(bounds)).toBe(allowed.size > 1);
          expect(every.map((generation) => bounds.origin(generation))).toEqual([undefined, ...origins, undefined]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("finds each uncertain slot once, and counts steps", () => {
    fc.assert(
      fc.property(histories, ({ promised, slots, promisedSteps }) => {
        const oracle = foldPromised(promised);
        const name = ({ region, slot }: { region: number; slot: number }): string => `${region}/${slot}`;
        const wanted = slots.filter(({ allowed }) => allowed.size > 1).map(name);
        const found = [...oracle.uncertain()];
        expect(found.map(name).sort()).toEqual(wanted.sort());
        expect(oracle).toMatchObject({
          promisedSteps,
          issuedSteps: slots.reduce((sum, { origins }) => sum + origins.length, 0),
          epoch: promised.sessions.length,
          regions: promised.workload.regions,
        });
      }),
      { numRuns: 300 },
    );
  });
});

const REGION: Region = { id: 1, kind: "in-place", slots: 2, slotBytes: 4096 };
const workloadOf = (kind: Region["kind"], call: Workload["sync"]["call"] = "fsync"): Workload => ({
  runId: "00112233445566778899aabbccddeeff",
  workers: 1,
  order: "sequential",
  sync: { call, everySteps: 1 },
  regions: [{ ...REGION, kind }],
});
/** Steps 0, 2, 4 ... are slot 0's generations 1, 2, 3 ... */
const after = (
  workload: Workload,
  sessions: Partial<Session["workers"][number] & Pick<Session, "settled">>[],
): Promised => ({
  workload,
  sessions: sessions.map(({ settled = [], issued = 0, synced = 0, doomed = [] }, i) => ({
    epoch: i + 1,
    workers: [{ issued, synced, doomed }],
    settled,
  })),
});
const boundsOf = (kind: Region["kind"], ...sessions: Parameters<typeof after>[1]) =>
  foldPromised(after(workloadOf(kind), sessions)).bounds(1, 0);

describe("bounds of a slot", () => {
  test("before anything was written", () => {
    const oracle = foldPromised({ workload: workloadOf("in-place"), sessions: [] });
    expect(oracle.bounds(1, 0)).toMatchObject({ low: 0, high: 0, zerosRight: true, inFlight: false, fence: 0 });
    expect(oracle).toMatchObject({ issuedSteps: 0, promisedSteps: 0, epoch: 0 });
  });

  test("where a later session's sync says nothing of what a crash left", () => {
    const bounds = boundsOf("in-place", { issued: 5, synced: 2 }, { issued: 7, synced: 7, doomed: [[6, 7]] });
    expect(bounds).toMatchObject({ low: 1, high: 4, inFlight: true });
  });

  test("where a session without a sync promises nothing and takes nothing back", () => {
    expect(boundsOf("in-place", { issued: 3, synced: 3 }, { issued: 7, synced: 0 })).toMatchObject({ low: 2, high: 4 });
  });

  test("where a failed sync dooms steps, until a later one is promised", () => {
    expect(boundsOf("in-place", { issued: 4, synced: 4, doomed: [[1, 4]] })).toMatchObject({ low: 1, high: 2 });
    expect(boundsOf("in-place", { issued: 5, synced: 5, doomed: [[1, 4]] })).toMatchObject({ low: 3, high: 3 });
  });

  test("settled once, settled again, and overtaken: what was absent stays refused", () => {
    const first = { issued: 5, synced: 1, settled: [[1, 0, 2]] as Session["settled"] };
    expect(boundsOf("in-place", first)).toMatchObject({
      low: 2,
      high: 3,
      refused: [{ from: 3, to: 3 }],
      inFlight: false,
    });
    const second = { issued: 7, synced: 5, settled: [[1, 0, 2]] as Session["settled"] };
    expect(boundsOf("in-place", first, second)).toMatchObject({ low: 2, high: 4, refused: [{ from: 3, to: 4 }] });
    const third = { issued: 9, synced: 9 };
    expect(boundsOf("in-place", first, second, third)).toMatchObject({
      low: 5,
      high: 5,
      refused: [{ from: 3, to: 4 }],
    });
  });

  test("zeros are right where nothing is promised, in a shared file only", () => {
    for (const kind of ["in-place", "append"] as const) {
      expect(boundsOf(kind, { issued: 1 })).toMatchObject({ zerosRight: true, beingMade: false, inFlight: true });
      expect(boundsOf(kind, { issued: 3, synced: 1 })).toMatchObject({ zerosRight: false });
    }
    expect(boundsOf("files", {})).toMatchObject({ zerosRight: false, inFlight: false });
  });

  test("a small file's zeros are right while a generation that makes it is in flight", () => {
    expect(boundsOf("files", { issued: 1 })).toMatchObject({ zerosRight: true, beingMade: true });
    expect(boundsOf("files", { issued: 3, synced: 1 })).toMatchObject({
      low: 1,
      high: 2,
      zerosRight: false,
      inFlight: true,
    });
    expect(boundsOf("files", { issued: 5, synced: 3 })).toMatchObject({ low: 2, high: 3, zerosRight: true });
    const settled = { issued: 5, synced: 3, settled: [[1, 0, 2]] as Session["settled"] };
    expect(boundsOf("files", settled)).toMatchObject({ zerosRight: false, beingMade: false, inFlight: false });
    const unlinked = { issued: 7, synced: 5 };
    expect(boundsOf("files", settled, unlinked)).toMatchObject({ low: 2, high: 4, zerosRight: false, inFlight: true });
  });

  test("what is renamed into place is whole, unless nothing is ever synced", () => {
    const open = [{ issued: 3, synced: 1 }];
    expect(boundsOf("replace", ...open)).toMatchObject({ low: 1, high: 2, inFlight: false, zerosRight: false });
    const unsynced = foldPromised(after(workloadOf("replace", "none"), open)).bounds(1, 0);
    expect(unsynced).toMatchObject({ inFlight: true, zerosRight: true, beingMade: true });
  });
});

describe("what contradicts itself is refused", () => {
  test.each([
    ["a slot that there is not", [1, 2, 1]],
    ["a region that there is not", [2, 0, 1]],
    ["a generation that was never handed out", [1, 0, 4]],
    ["one below what is promised", [1, 0, 1]],
  ] as [string, Session["settled"][number]][])("%s", (_what, settled) => {
    expect(() => boundsOf("in-place", { issued: 5, synced: 3, settled: [settled] })).toThrow(RangeError);
  });

  test("a question for a slot that there is not", () => {
    const oracle = foldPromised({ workload: workloadOf("in-place"), sessions: [] });
    for (const [region, slot] of [
      [1, 2],
      [1, -1],
      [1, Number.NaN],
      [0, 0],
    ] as const)
      expect(() => oracle.bounds(region, slot)).toThrow(RangeError);
  });
});

test("a hundred gibibytes in small slots, a hundred crashes: nothing is kept that grows with them", () => {
  const workload: Workload = {
    ...workloadOf("in-place"),
    order: "random",
    regions: [{ ...REGION, slots: 26_214_400 }],
  };
  const sessions = Array.from({ length: 100 }, (_, i) => ({
    issued: (i + 1) * 1_000_000,
    synced: (i + 1) * 1_000_000 - 7,
  }));
  const oracle = foldPromised(after(workload, sessions));
  expect([...oracle.uncertain()].length).toBeLessThanOrEqual(700);
  expect(oracle.promisedSteps).toBe(100_000_000 - 700);
  const { low, high } = oracle.bounds(1, 26_214_399);
  expect(high).toBeGreaterThanOrEqual(3);
  expect(low).toBeGreaterThanOrEqual(2);
});
