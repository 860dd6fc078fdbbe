import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  cellOf,
  draftHistory,
  type Look,
  lateLooks,
  type SampleDraft,
  vainLooks,
} from "../../../test/fixtures/visibility-history.ts";
import { QUIET, simulateSample } from "../../../test/fixtures/simulated-mount.ts";
import { createRandom } from "../../core/random.ts";
import type { HistoryEvent } from "../../core/history.ts";
import type { SampleOp, VisibilityOp } from "./model.ts";
import { expectedEvents, isTooLate, missingEvents, type Reading, readSample, watchedThroughout } from "./reading.ts";

function read(draft: SampleDraft): Reading {
  const history = draftHistory();
  history.sample(draft);
  return readLast(history.events);
}

function readLast(events: readonly HistoryEvent<VisibilityOp>[]): Reading {
  const reading = readSample(events.at(-1) as HistoryEvent<VisibilityOp>);
  if (!reading) throw new Error("the last event is no sample's end");
  return reading;
}

const RENAME: Partial<SampleDraft> = { cell: { operation: "rename", state: "watching", observer: "inotify" } };

describe("the bracket of a sample", () => {
  it("lies between the begin of the last look in vain and the end of the first that saw it", () => {
    const looks: Look[] = [
      ["old", -1, -0.9],
      ["old", 3, 3.1],
      ["new", 4, 4.2],
      ["new", 5, 5.1],
    ];
    const reading = read({ looks, callMs: 0.5 });
    expect(reading).toMatchObject({
      outcome: "seen",
      earliestNs: 3e6,
      latestNs: 4.2e6,
      looksAfter: 1,
      regressions: [],
    });
    expect(reading.overdueNs).toBe(2.5e6);
  });

  it("begins with the call where nothing was looked at in vain after it, or at all", () => {
    expect(
      read({
        looks: [
          ["old", -3, -2],
          ["new", 1, 2],
        ],
      }),
    ).toMatchObject({ earliestNs: 0, overdueNs: 0, latestNs: 2e6 });
    expect(read({ cell: { state: "never" }, looks: [["new", 1, 2]] })).toMatchObject({ earliestNs: 0, latestNs: 2e6 });
  });

  it("is widened on both sides by what the clocks may be apart", () => {
    const reading = read({ looks: lateLooks(5), callMs: 1, halfWidthMs: 0.5 });
    expect(reading.earliestNs).toBeCloseTo(4.48e6, 0);
    expect(reading.overdueNs).toBeCloseTo(3.48e6, 0);
    expect(reading.latestNs).toBeCloseTo(5.5e6, 0);
  });

  it("has no pause of the writer in what was overdue", () => {
    const reading = read({ looks: lateLooks(800), callMs: 801 });
    expect(reading.earliestNs).toBeCloseTo(799.98e6, 0);
    expect(reading.overdueNs).toBe(0);
  });
});

describe("how a sample ended", () => {
  test("never: looked for to the end, not before", () => {
    expect(read({ looks: vainLooks(15_000) })).toMatchObject({ outcome: "never", earliestNs: 15e9, looksAfter: 0 });
  });

  test("unarmed: the state before was not there", () => {
    expect(read({ unarmed: true }).outcome).toBe("unarmed");
  });

  test.each([
    ["fail", "refused"],
    ["unknown", "unknown"],
  ] as const)("a completion %s is %s, and keeps its reason", (kind, outcome) => {
    const history = draftHistory();
    history.broken(kind, "EIO");
    expect(readLast(history.events)).toMatchObject({ outcome, reason: "EIO" });
  });

  test("a sample without its two reports is unknown", () => {
    const history = draftHistory();
    history.sample();
    const { op, ...event } = history.events.at(-1) as Extract<HistoryEvent<VisibilityOp>, { invokeIndex: number }>;
    const { act, look, ...asked } = op as SampleOp;
    for (const half of [{ act }, { look }]) {
      const incomplete = { ...asked, ...half } as SampleOp;
      expect(readSample({ ...event, op: incomplete })?.outcome).toBe("unknown");
    }
  });

  test("what is no sample's end has no reading", () => {
    const history = draftHistory();
    history.note("mount", {});
    history.sample();
    history.scenario({ scenario: "database", direction: "host-to-container", result: {} });
    expect(history.events.map((event) => readSample(event) !== undefined)).toEqual([false, false, true, false, false]);
  });
});

describe("a sample whose two sides missed each other", () => {
  it("says nothing when the writer came after most of the reader's time", () => {
    const late: SampleDraft = {
      looks: [
        ["old", -90, -89],
        ["old", 9, 10],
      ],
      armedMs: -90,
      endedMs: 10,
    };
    expect(read(late).outcome).toBe("mistimed");
    expect(
      read({
        ...late,
        looks: [
          ["old", -90, -89],
          ["new", 9, 10],
        ],
      }).outcome,
    ).toBe("seen");
    expect(
      read({
        ...late,
        armedMs: -1,
        looks: [
          ["old", -1, -0.5],
          ["old", 9, 10],
        ],
      }).outcome,
    ).toBe("never");
  });

  it("says nothing when the last look was held up until the time was over", () => {
    const heldUp: Look[] = [
      ["old", -1, -0.9],
      ["old", -0.1, 100],
    ];
    expect(read({ looks: heldUp, armedMs: -1 }).outcome).toBe("mistimed");
  });

  it("says nothing of events either", () => {
    expect(read({ ...RENAME, events: [], armedMs: -90, endedMs: 10 }).outcome).toBe("mistimed");
    expect(read({ ...RENAME, events: [], armedMs: -1, endedMs: 100 }).outcome).toBe("never");
  });

  test("a sample that has not ended is not too late", () => {
    expect(isTooLate({ type: "sample", cell: cellOf(), environment: "env-0", number: 0 })).toBe(false);
  });
});

describe("what was seen beside the two states", () => {
  const torn: Look[] = [
    ["old", -1, -0.9],
    ["wrong: torn", 0.1, 0.2],
    ["new", 1, 1.1],
  ];

  test("counts at once for an atomic change, and only after the return for another", () => {
    const during = (operation: "chmod" | "append", callMs: number) =>
      read({ cell: { operation }, looks: torn, callMs }).wrong;
    expect(during("chmod", 0.5)).toEqual(["torn"]);
    expect(during("append", 0.5)).toEqual([]);
    expect(during("append", 0.05)).toEqual(["torn"]);
  });

  test("a listing may be odd while the call is under way, even for an atomic change", () => {
    const cell = { operation: "rename", observer: "readdir" } as const;
    expect(read({ cell, looks: torn, callMs: 0.5 }).wrong).toEqual([]);
    expect(read({ cell, looks: torn, callMs: 0.05 }).wrong).toEqual(["torn"]);
  });

  test("no look is blamed that may have begun before the return, as far as the clocks tell", () => {
    expect(read({ looks: torn, callMs: 0.05, halfWidthMs: 0.2 }).wrong).toEqual([]);
  });

  test("errors and contradictions are told apart, and how long the latter lasted", () => {
    const looks: Look[] = [
      ["old", -1, -0.9],
      ["error: ESTALE", 1, 2],
      ["split: stat old, readdir new", 3, 4],
      ["split: stat old, readdir new", 7, 8],
      ["new", 9, 10],
    ];
    const reading = read({ cell: { observer: "agreement", operation: "unlink" }, looks });
    expect(reading).toMatchObject({
      wrong: [],
      errors: ["ESTALE"],
      splits: ["stat old, readdir new"],
      splitUntilNs: 7e6,
    });
  });

  test("what is seen after the new state is a regression, the old state too", () => {
    const looks: Look[] = [
      ["new", 1, 2],
      ["old", 3, 4],
      ["error: ENOENT", 5, 6],
      ["new", 7, 8],
    ];
    expect(read({ cell: { state: "never" }, looks })).toMatchObject({
      regressions: ["old", "error: ENOENT"],
      looksAfter: 3,
    });
  });
});

describe("a watcher's sample", () => {
  const both = [
    { kind: "MOVED_FROM", name: "NAME.from", atMs: 1 },
    { kind: "MOVED_TO", atMs: 2 },
  ] as const;

  it("is seen when every event has come, and dated by the first of them", () => {
    expect(read({ ...RENAME, events: [...both] })).toMatchObject({ outcome: "seen", latestNs: 1e6, earliestNs: 1e6 });
    expect(read({ ...RENAME, events: [...both], halfWidthMs: 0.25 })).toMatchObject({
      latestNs: 1.25e6,
      earliestNs: 0.75e6,
    });
  });

  it("is not seen while one is missing, or came under another name", () => {
    for (const events of [[both[0]], [both[1]], [both[0], { ...both[1], name: "other" }]])
      expect(read({ ...RENAME, events }).outcome).toBe("never");
  });

  it("does not take what came before the call for what the change caused", () => {
    const events = [{ kind: "MOVED_TO", atMs: -0.5 } as const, { ...both[0] }];
    const reading = read({ ...RENAME, events });
    expect(reading.outcome).toBe("never");
    expect(reading.events.map(({ kind }) => kind)).toEqual(["MOVED_FROM"]);
    expect(missingEvents(reading, reading.events)).toEqual(["MOVED_TO"]);
    // Unless the clocks may be so far apart.
    expect(read({ ...RENAME, events, halfWidthMs: 1 }).outcome).toBe("seen");
  });

  test("events are expected under the names that the change touches", () => {
    expect(expectedEvents({ cell: cellOf({ operation: "rename-over" }), number: 12 })).toEqual([
      { kind: "MOVED_FROM", name: "s12.from" },
      { kind: "MOVED_TO", name: "s12" },
    ]);
  });
});

test("figures over several cells are made of readers that watch, where there are any", () => {
  const cells = [cellOf({ state: "never" }), cellOf({ state: "looked" })];
  const floor = cellOf({ direction: "floor-on-host" });
  expect(cells.map((cell) => watchedThroughout([...cells, floor])({ cell }))).toEqual([true, true]);
  expect(cells.map((cell) => watchedThroughout([...cells, cellOf({ state: "held" })])({ cell }))).toEqual([
    false,
    false,
  ]);
});

test("the true moment of a change lies in the bracket, whatever the scheduler and the clocks do", () => {
  const restless = { heldUpEvery: 12, mostMs: 80 };
  fc.assert(
    fc.property(fc.string(), fc.nat(300), fc.constantFrom(0, 1_000, 500_000), (seed, delayMs, halfWidthNs) => {
      const mount = { ...QUIET, delayMs, halfWidthNs, reader: restless, writer: restless, timeoutMs: 10_000 };
      const state = createRandom(seed).pick(["never", "polling"] as const);
      const { op, truthNs, afterReturnNs } = simulateSample(cellOf({ state }), 0, mount, createRandom(seed));
      const reading = readSample({ kind: "ok", process: "p", op, invokeIndex: 0, index: 1, timeNs: 0 });
      expect(reading?.outcome).toBe("seen");
      expect(reading?.earliestNs).toBeLessThanOrEqual(truthNs);
      expect(reading?.latestNs).toBeGreaterThanOrEqual(truthNs);
      expect(reading?.overdueNs).toBeLessThanOrEqual(Math.max(0, afterReturnNs));
    }),
    { numRuns: 1000 },
  );
});
