import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { QUIET, simulateSample } from "../../../test/fixtures/simulated-mount.ts";
import {
  contextOf,
  draftHistory,
  type HistoryDraft,
  lateLooks,
  vainLooks,
} from "../../../test/fixtures/visibility-history.ts";
import { createRandom } from "../../core/random.ts";
import type { Chart } from "../../core/report.ts";
import { reportSchema } from "../../core/report-schema.ts";
import { chartVisibility } from "./charts.ts";
import type { VisibilityJudgeContext } from "./measure.ts";
import type { Rung } from "./scenario-results.ts";

const chartsSchema = reportSchema.shape.trials.element.shape.charts;

function draw({ events }: Pick<HistoryDraft, "events">, context: VisibilityJudgeContext = contextOf()): Chart[] {
  const fold = chartVisibility(context);
  for (const event of events) fold.see(event);
  return fold.finish();
}

function chart<Kind extends Chart["kind"]>(all: readonly Chart[], kind: Kind, id: string) {
  const found = all.find((one) => one.id === id);
  if (found?.kind !== kind) throw new Error(`no ${kind} called ${id}`);
  return found as Chart & { kind: Kind };
}

/** Nine changes seen after 1 to 9 ms, and three that were never seen. */
function someNeverSeen(): HistoryDraft {
  const history = draftHistory();
  history.floors(0.25);
  for (let latencyMs = 1; latencyMs <= 9; latencyMs++) history.sample({ looks: lateLooks(latencyMs) });
  for (let count = 0; count < 2; count++) history.sample({ looks: vainLooks() });
  history.sample({ unarmed: true });
  return history;
}

test("without data there is no chart", () => {
  expect(draw(draftHistory())).toEqual([]);
  const floors = draftHistory();
  floors.floors();
  expect(draw(floors)).toEqual([]);
});

describe("what was never seen stays in every chart", () => {
  const all = draw(someNeverSeen());
  const beside = { value: 15_000, label: "3 > 15 s" };

  test("over time it lies on the time-out's line", () => {
    const { series, count, marks } = chart(all, "scatter", "latency-over-time");
    expect(series[0]?.points.map(([, latencyMs]) => latencyMs)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 15_000, 15_000, 15_000,
    ]);
    expect(count).toBe(12);
    expect(marks).toContainEqual({ axis: "y", ...beside });
  });

  test("in the distribution it is told beside the bins", () => {
    const { series, edges, count, marks } = chart(all, "bar", "latency-distribution");
    expect(series[0]?.values.reduce((sum, value) => sum + value, 0)).toBe(9);
    expect(edges).toHaveLength((series[0]?.values.length ?? 0) + 1);
    expect(count).toBe(12);
    expect(marks).toContainEqual({ axis: "x", ...beside });
  });

  test("the cumulative curve ends below one by it", () => {
    const { series, marks } = chart(all, "step", "latency-cumulative");
    expect(series.map(({ name }) => name)).toEqual(["host-to-container", "detection floor"]);
    expect(series[0]?.points.at(-1)).toEqual([9, 0.75]);
    expect(series[1]?.points.at(-1)).toEqual([0.25, 1]);
    expect(marks).toContainEqual({ axis: "x", ...beside });
  });

  test("the boxes count it as the time-out", () => {
    const { boxes, y } = chart(all, "box", "latency-by-operation");
    expect(y.categories).toEqual(["append"]);
    expect(boxes).toEqual([[1, 3.75, 6.5, 15_000, 15_000]]);
  });

  test("a median that falls on it is greater than the time-out", () => {
    const history = someNeverSeen();
    for (let count = 0; count < 9; count++) history.sample({ looks: vainLooks() });
    history.sample({ cell: { state: "looked", operation: "create" }, looks: lateLooks(2).slice(1) });
    const { cells, x, y } = chart(draw(history), "heatmap", "latency-by-state");
    expect([x.categories, y.categories]).toEqual([
      ["looked", "polling"],
      ["create", "append"],
    ]);
    expect(cells).toEqual([
      [0, 0, 2, "2 ms"],
      [1, 0, null, ""],
      [0, 1, null, ""],
      [1, 1, 15_000, "> 15 s"],
    ]);
  });

  test("the floor is marked beside it", () => {
    expect(chart(all, "box", "latency-by-operation").marks).toContainEqual({
      axis: "x",
      value: 0.25,
      label: "floor 250 µs",
      shade: "below",
    });
  });
});

test("a reader that was right at its first look says nothing of how soon it could have been", () => {
  const cellOfMap = (floors: boolean) => {
    const history = draftHistory();
    if (floors) history.floors(0.25);
    history.sample({ cell: { state: "never" }, looks: lateLooks(4).slice(2) });
    return chart(draw(history, contextOf({ states: ["never"] })), "heatmap", "latency-by-state").cells[0];
  };
  expect(cellOfMap(true)).toEqual([0, 0, 0.25, "first look"]);
  expect(cellOfMap(false)).toEqual([0, 0, 0.05, "first look"]);
});

describe("the charts over several cells", () => {
  const history = draftHistory();
  history.sample({ cell: { state: "never" }, looks: lateLooks(2).slice(2) });
  history.sample({ cell: { direction: "container-to-host" }, looks: lateLooks(3) });
  history.sample({
    cell: { operation: "create", state: "watching", observer: "inotify" },
    events: [{ kind: "CREATE", atMs: 1 }],
  });
  history.broken("unknown", "gone");
  const all = draw(history);

  test("are of watching readers, by direction", () => {
    const { series, count } = chart(all, "scatter", "latency-over-time");
    expect(series).toEqual([{ name: "container-to-host", points: [[expect.any(Number), 3]] }]);
    expect(count).toBe(1);
  });

  test("but the one by reader state, which has them all", () => {
    expect(chart(all, "heatmap", "latency-by-state").count).toBe(2);
  });
});

test("many points are thinned, and counted all the same", () => {
  const history = draftHistory();
  for (let count = 0; count < 2000; count++) history.sample({ looks: lateLooks(1 + count / 1000) });
  for (let count = 0; count < 50; count++)
    history.sample({ cell: { direction: "container-to-host" }, looks: lateLooks(1) });
  const all = draw(history);
  const { series, count, thinned } = chart(all, "scatter", "latency-over-time");
  expect(series.map(({ points }) => points.length)).toEqual([700, 50]);
  expect([count, thinned]).toEqual([2050, 1300]);
  expect(series[0]?.points[0]?.[1]).toBe(1);
  expect(chart(all, "step", "latency-cumulative").series[0]?.points.length).toBeLessThanOrEqual(700);
  expect(chart(all, "bar", "latency-distribution").series[0]?.values.reduce((sum, value) => sum + value, 0)).toBe(2050);
});

test("the ladder shows who was right by when, beside those who polled", () => {
  const history = draftHistory();
  const rung = (delayMs: number, answer: Rung["answer"]): Rung => ({
    delayMs,
    answer,
    act: { begunNs: 0, returnedNs: 0 },
    beginNs: 0,
    endNs: 0,
  });
  const ladder = { scenario: "ladder", direction: "host-to-container" } as const;
  history.scenario({ ...ladder, state: "looked", result: { rungs: [rung(10, "old"), rung(0, "old")] } });
  history.scenario({ ...ladder, state: "looked", result: { rungs: [rung(0, "old"), rung(10, "new")] } });
  history.scenario({ ...ladder, state: "never", result: { rungs: [rung(0, "new")] } });
  history.scenario({ ...ladder, state: "never" }, "fail", "EIO");
  history.sample({ looks: lateLooks(5) });
  history.sample({ looks: vainLooks() });
  const { x, series } = chart(draw(history), "line", "look-once-ladder");
  expect(x.categories).toEqual(["0 ms", "10 ms"]);
  expect(series).toEqual([
    {
      name: "looked at once (looked)",
      points: [
        [0, 0],
        [1, 0.5],
      ],
    },
    { name: "looked at once (never)", points: [[0, 1]] },
    {
      name: "polled",
      points: [
        [0, 0],
        [1, 0.5],
      ],
    },
  ]);
});

test("whatever was recorded, every chart is one that a report may hold", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(900), fc.integer({ min: 1, max: 3 }), (seed, delayMs, rounds) => {
      const random = createRandom(seed);
      const context = contextOf({
        operations: random.shuffled(["create", "append", "unlink", "mmap-store"]).slice(0, 2),
        timeoutMs: QUIET.timeoutMs,
      });
      const history = draftHistory();
      for (let round = 0; round < rounds; round++)
        for (const cell of context.plan.steps.cells)
          history.push(simulateSample(cell, 0, { ...QUIET, delayMs }, random).op);
      const charts = draw(history, context);
      expect(charts.length).toBeGreaterThan(0);
      const parsed = chartsSchema.safeParse(charts);
      expect(parsed.success, parsed.success ? "" : z.prettifyError(parsed.error)).toBe(true);
      expect(JSON.parse(JSON.stringify(charts))).toEqual(charts);
      for (const { count, thinned, description } of charts) {
        expect(thinned).toBeLessThanOrEqual(count);
        expect(description).not.toBe("");
      }
    }),
    { numRuns: 30 },
  );
});
