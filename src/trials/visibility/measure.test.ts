import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { QUIET, simulateSample } from "../../../test/fixtures/simulated-mount.ts";
import {
  contextOf,
  draftHistory,
  type HistoryDraft,
  lateLooks,
  vainLooks,
} from "../../../test/fixtures/visibility-history.ts";
import type { Series } from "../../core/metric.ts";
import { createRandom } from "../../core/random.ts";
import { summarise } from "../../engine/summarise.ts";
import { measureVisibility, type VisibilityJudgeContext, visibilityMetrics } from "./measure.ts";
import { isFloor } from "./plan.ts";

function measure({ events }: Pick<HistoryDraft, "events">, context: VisibilityJudgeContext = contextOf()): Series[] {
  const fold = measureVisibility(context);
  for (const event of events) fold.see(event);
  return fold.finish();
}

/** The series of a metric with exactly these labels. */
function seriesOf(all: readonly Series[], metric: string, labels: Record<string, string> = {}): Series | undefined {
  const key = (one: Record<string, string>) =>
    JSON.stringify(
      Object.entries(one)
        .map(([name, value]) => `${name}=${value}`)
        .sort(),
    );
  return all.find((series) => series.metric === `visibility.${metric}` && key(series.labels) === key(labels));
}

const CELL = { operation: "append", direction: "host-to-container", state: "polling", observer: "stat" };

describe("latencies", () => {
  it("are counted for the cell, and for all, the direction and the operation", () => {
    const history = draftHistory();
    history.sample({ looks: lateLooks(5) });
    history.sample({ looks: lateLooks(7) });
    const all = measure(history);
    for (const labels of [
      CELL,
      { operation: "all" },
      { operation: "all", direction: "host-to-container" },
      { operation: "append" },
    ])
      expect(seriesOf(all, "latency", labels), JSON.stringify(labels)).toMatchObject({ values: [5, 7], censored: 0 });
    expect(seriesOf(all, "bracket", { direction: "host-to-container" })?.values).toEqual([
      expect.closeTo(0.02),
      expect.closeTo(0.02),
    ]);
  });

  it("over several cells are those of watching readers, where the plan has some", () => {
    const history = draftHistory();
    history.sample({ cell: { state: "never" }, looks: lateLooks(5).slice(2) });
    history.sample({ looks: lateLooks(7) });
    expect(seriesOf(measure(history), "latency", { operation: "all" })?.values).toEqual([7]);
    expect(seriesOf(measure(history), "latency", { ...CELL, state: "never" })?.values).toEqual([5]);
    const unwatched = contextOf({ states: ["never", "looked"] });
    expect(seriesOf(measure(history, unwatched), "latency", { operation: "all" })?.values).toEqual([5, 7]);
  });

  it("of what was never seen, or not even before, are known to be greater than the time-out", () => {
    const history = draftHistory();
    history.sample({ looks: lateLooks(5) });
    history.sample({ looks: vainLooks() });
    history.sample({ unarmed: true });
    const series = seriesOf(measure(history), "latency", CELL) as Series;
    expect(series).toMatchObject({ values: [5], censored: 2, censoredAbove: 15_000 });
    expect(summarise(series, "ms")).toMatchObject({
      count: 3,
      censored: 2,
      censoredAbove: 15_000,
      max: null,
      p50: { value: null },
    });
    expect(seriesOf(measure(history), "success", { direction: "host-to-container" })?.values).toEqual([1, 0, 0]);
  });

  it("of samples that say nothing are not there, and neither is their failure", () => {
    const history = draftHistory();
    history.broken("fail", "EPERM");
    history.broken("unknown", "gone");
    history.sample({
      looks: [
        ["old", -90, -89],
        ["old", 9, 10],
      ],
      armedMs: -90,
    });
    expect(measure(history).map(({ metric }) => metric)).toEqual(["visibility.rate"]);
  });

  it("of events stand by themselves, with a time-out of their own", () => {
    const history = draftHistory();
    const cell = { operation: "create", state: "watching", observer: "inotify" } as const;
    history.sample({ cell, events: [{ kind: "CREATE", atMs: 3 }] });
    history.sample({ cell, events: [] });
    const all = measure(history);
    expect(seriesOf(all, "event-latency", { operation: "create", direction: "host-to-container" })).toMatchObject({
      values: [3],
      censored: 1,
      censoredAbove: 2000,
    });
    expect(all.filter(({ metric }) => metric === "visibility.latency" || metric === "visibility.success")).toEqual([]);
  });

  it("of the floors stand by themselves", () => {
    const history = draftHistory();
    history.floors(0.25);
    const all = measure(history);
    const labels = { place: "floor-on-host", operation: "create", observer: "stat", state: "polling" };
    expect(seriesOf(all, "floor", labels)?.values).toEqual([0.25]);
    expect(all.filter(({ metric }) => metric === "visibility.latency")).toEqual([]);
  });
});

test("the rate is that of the completions, and unknown for fewer than two", () => {
  const history = draftHistory();
  history.sample();
  expect(seriesOf(measure(history), "rate")).toBeUndefined();
  history.sample();
  history.sample();
  // Completions are two milliseconds apart.
  expect(seriesOf(measure(history), "rate")?.values).toEqual([500]);
});

test("no data is no series", () => {
  expect(measure(draftHistory())).toEqual([]);
});

test("every sample is counted once in its cell, and every series belongs to a metric that is told", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(800), (seed, delayMs) => {
      const random = createRandom(seed);
      const context = contextOf({ operations: ["create", "append"], timeoutMs: QUIET.timeoutMs });
      const history = draftHistory();
      for (const [number, cell] of context.plan.steps.cells.entries())
        history.push(simulateSample(cell, number, { ...QUIET, delayMs }, random).op);
      const all = measure(history, context);
      const counts = all
        .filter(({ labels }) => "observer" in labels || "place" in labels)
        .map(({ values, censored }) => values.length + censored);
      const looked = context.plan.steps.cells.filter(
        ({ observer, direction }) => observer !== "inotify" || isFloor(direction),
      );
      expect(counts).toEqual(looked.map(() => 1));
      const told = visibilityMetrics.map(({ id }) => id);
      for (const { metric } of all) expect(told).toContain(metric);
      expect(all.map(({ metric }) => told.indexOf(metric))).toEqual(
        all.map(({ metric }) => told.indexOf(metric)).sort((a, b) => a - b),
      );
    }),
    { numRuns: 20 },
  );
});
