import type { Fold, HistoryEvent } from "../../core/history.ts";
import type { Axis, Chart } from "../../core/report.ts";
import { ecdf } from "../../statistics/ecdf.ts";
import { histogram } from "../../statistics/histogram.ts";
import { quantile } from "../../statistics/quantile.ts";
import { sampleOf } from "../../statistics/sample.ts";
import { formatQuantity } from "../../core/quantity.ts";
import type { VisibilityJudgeContext } from "./measure.ts";
import { DIRECTIONS, OPERATIONS, READER_STATES, type VisibilityOp } from "./model.ts";
import { isFloor } from "./plan.ts";
import { isEvent, isMeasured, isWatching, type Reading, readSample, watchedThroughout } from "./reading.ts";
import type { ScenarioResults } from "./scenario-results.ts";

/** One sample as the charts need it: milliseconds, `undefined` when it was never seen. */
interface Point {
  timeS: number;
  latencyMs: number | undefined;
  /** The first look of all was right: how soon it could have been is not known, only how soon somebody looked. */
  atFirstLook: boolean;
  operation: string;
  direction: string;
  state: string;
}

interface Climb {
  state: string;
  delayMs: number;
  right: boolean;
}

interface ChartData {
  /** Of all readers, for the map by reader state. */
  points: Point[];
  /** Of those readers that make up the figures over several cells. */
  watched: Point[];
  floorMs: number[];
  climbs: Climb[];
  timeoutMs: number;
}

type Box = [least: number, quarter: number, median: number, threeQuarters: number, greatest: number];

/** Drawn points a series: more would not be told apart, and the report has to stay small. */
const POINTS_DRAWN = 700;
const BINS = 40;

/** Latency over time, its distribution, by operation and by what the reader did before; charts without data are left out. */
export function chartVisibility({ options, plan }: VisibilityJudgeContext): Fold<HistoryEvent<VisibilityOp>, Chart[]> {
  const data: ChartData = { points: [], watched: [], floorMs: [], climbs: [], timeoutMs: options.timeoutMs };
  const inFigures = watchedThroughout(plan.steps.cells);
  return {
    see: (event) => collect(event, data, inFigures),
    finish: () =>
      [overTime(data), distribution(data), cumulative(data), byOperation(data), byState(data), ladder(data)].filter(
        ({ count }) => count > 0,
      ),
  };
}

function collect(event: HistoryEvent<VisibilityOp>, data: ChartData, inFigures: (reading: Reading) => boolean): void {
  if (event.kind === "ok" && event.op.type === "scenario" && event.op.scenario === "ladder") {
    const { rungs } = event.op.result as ScenarioResults["ladder"];
    for (const { delayMs, answer } of rungs)
      data.climbs.push({ state: event.op.state ?? "never", delayMs, right: answer === "new" });
  }
  const reading = readSample(event);
  if (!reading || isEvent(reading) || !isMeasured(reading)) return;
  const latencyMs = reading.outcome === "seen" ? reading.latestNs / 1e6 : undefined;
  const { operation, direction, state } = reading.cell;
  if (isFloor(direction)) {
    if (latencyMs !== undefined && isWatching(reading.cell)) data.floorMs.push(latencyMs);
    return;
  }
  const atFirstLook = latencyMs !== undefined && reading.earliestNs === 0 && !isWatching(reading.cell);
  const point = { timeS: reading.timeNs / 1e9, latencyMs, atFirstLook, operation, direction, state };
  data.points.push(point);
  if (inFigures(reading)) data.watched.push(point);
}

const latencyAxis: Axis = { label: "latency from the call's begin", unit: "ms", scale: "log" };
const seenOf = (points: readonly Point[]): number[] =>
  points.flatMap(({ latencyMs }) => (latencyMs === undefined ? [] : [latencyMs]));
const directionsOf = ({ watched: points }: ChartData) =>
  DIRECTIONS.filter((direction) => points.some((point) => point.direction === direction));

function floorMark({ floorMs }: ChartData, axis: "x" | "y"): Chart["marks"] {
  const value = quantile(sampleOf(floorMs), 0.5);
  return value === null ? [] : [{ axis, value, label: `floor ${formatQuantity(value, "ms")}`, shade: "below" }];
}

function timeoutMark({ watched: points, timeoutMs }: ChartData, axis: "x" | "y"): Chart["marks"] {
  const never = points.filter(({ latencyMs }) => latencyMs === undefined).length;
  return never === 0 ? [] : [{ axis, value: timeoutMs, label: `${never} > ${formatQuantity(timeoutMs, "ms")}` }];
}

function thin<Item>(items: readonly Item[], most: number): Item[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, index) => items[Math.floor((index * items.length) / most)] as Item);
}

function overTime(data: ChartData): Chart {
  const series = directionsOf(data).map((direction) => {
    const points = data.watched.filter((point) => point.direction === direction);
    // What was never seen is drawn on the time-out's line: it is later than that.
    const drawn = thin(points, POINTS_DRAWN).map(({ timeS, latencyMs }): [number, number] => [
      timeS,
      latencyMs ?? data.timeoutMs,
    ]);
    return { name: direction, points: drawn };
  });
  const drawnCount = series.reduce((sum, { points }) => sum + points.length, 0);
  return {
    kind: "scatter",
    id: "latency-over-time",
    title: "Latency over time",
    description:
      "Each point is one change: when it was made and how long until it was seen. Bands are caches, drifts are load.",
    count: data.watched.length,
    thinned: data.watched.length - drawnCount,
    x: { label: "time in the run", unit: "s", scale: "linear" },
    y: latencyAxis,
    marks: [...floorMark(data, "y"), ...timeoutMark(data, "y")],
    series,
  };
}

function distribution(data: ChartData): Chart {
  const seen = seenOf(data.watched);
  const { edges, counts } = histogram(seen, BINS, "log");
  return {
    kind: "bar",
    id: "latency-distribution",
    title: "Distribution",
    description:
      "How many changes were seen after which latency; bins of equal ratio. What was never seen has no bin and is told beside.",
    count: data.watched.length,
    thinned: 0,
    x: latencyAxis,
    y: { label: "changes", unit: "count", scale: "linear" },
    marks: [...floorMark(data, "x"), ...timeoutMark(data, "x")],
    edges,
    series: [{ name: "all directions", values: counts }],
  };
}

function cumulative(data: ChartData): Chart {
  const series = directionsOf(data).map((direction) => {
    const points = data.watched.filter((point) => point.direction === direction);
    const seen = seenOf(points);
    return { name: direction, points: ecdf(sampleOf(seen, points.length - seen.length, data.timeoutMs), POINTS_DRAWN) };
  });
  const floor =
    data.floorMs.length > 0 ? [{ name: "detection floor", points: ecdf(sampleOf(data.floorMs), POINTS_DRAWN) }] : [];
  return {
    kind: "step",
    id: "latency-cumulative",
    title: "Share seen by then",
    description:
      "For each latency the share of changes that were seen no later. A curve that ends below 1 has changes that were never seen.",
    count: data.watched.length,
    thinned: 0,
    x: latencyAxis,
    y: { label: "share of changes", unit: "ratio", scale: "linear" },
    marks: [...floorMark(data, "x"), ...timeoutMark(data, "x")],
    series: [...series, ...floor],
  };
}

function byOperation(data: ChartData): Chart {
  const operations = OPERATIONS.filter((operation) => data.watched.some((point) => point.operation === operation));
  const boxes = operations.map((operation) => {
    const points = data.watched.filter((point) => point.operation === operation);
    const seen = seenOf(points);
    const sample = sampleOf(seen, points.length - seen.length, data.timeoutMs);
    const at = (q: number) => quantile(sample, q) ?? data.timeoutMs;
    return [at(0), at(0.25), at(0.5), at(0.75), at(1)] as Box;
  });
  return {
    kind: "box",
    id: "latency-by-operation",
    title: "Latency by operation",
    description:
      "Least, quartiles and greatest latency of each operation. What was never seen lies on the time-out's line: it is later than that.",
    count: data.watched.length,
    thinned: 0,
    x: latencyAxis,
    y: { label: "operation", unit: "", scale: "category", categories: [...operations] },
    marks: [...floorMark(data, "x"), ...timeoutMark(data, "x")],
    boxes,
  };
}

function byState(data: ChartData): Chart {
  const operations = OPERATIONS.filter((operation) => data.points.some((point) => point.operation === operation));
  const states = READER_STATES.filter((state) => data.points.some((point) => point.state === state));
  const cells = operations.flatMap((operation, row) =>
    states.map((state, column): [number, number, number | null, string] => {
      const points = data.points.filter((point) => point.operation === operation && point.state === state);
      return [column, row, ...stateCell(points, data)];
    }),
  );
  return {
    kind: "heatmap",
    id: "latency-by-state",
    title: "Median latency by operation and reader state",
    description:
      "What the reader had seen before is what a cache can hold: a row that is dark except under never is a cache. Where readers were right at their first look, the delay is their own, so it is not shown.",
    count: data.points.length,
    thinned: 0,
    x: { label: "reader state", unit: "", scale: "category", categories: [...states] },
    y: { label: "operation", unit: "", scale: "category", categories: [...operations] },
    marks: [],
    cells,
  };
}

/** The value that colours a cell of the map, and the text in it. */
function stateCell(points: readonly Point[], { floorMs, timeoutMs }: ChartData): [number | null, string] {
  if (points.length === 0) return [null, ""];
  const seen = points.flatMap(({ latencyMs, atFirstLook }) =>
    latencyMs === undefined ? [] : [atFirstLook ? 0 : latencyMs],
  );
  const median = quantile(sampleOf(seen, points.length - seen.length, timeoutMs), 0.5);
  if (median === null) return [timeoutMs, `> ${formatQuantity(timeoutMs, "ms")}`];
  if (median > 0) return [median, formatQuantity(median, "ms")];
  return [quantile(sampleOf(floorMs), 0.5) ?? PALEST_MS, "first look"];
}

/** A colour for "at once" where no floor is known. */
const PALEST_MS = 0.05;

function ladder(data: ChartData): Chart {
  const states = [...new Set(data.climbs.map(({ state }) => state))];
  const delays = [...new Set(data.climbs.map(({ delayMs }) => delayMs))].sort((a, b) => a - b);
  const share = (items: readonly boolean[]) => items.filter(Boolean).length / items.length;
  const once = states.map((state) => ({
    name: `looked at once (${state})`,
    points: delays.flatMap((delayMs, step): [number, number][] => {
      const climbs = data.climbs.filter((climb) => climb.state === state && climb.delayMs === delayMs);
      return climbs.length === 0 ? [] : [[step, share(climbs.map(({ right }) => right))]];
    }),
  }));
  const polled = data.points.filter(({ state }) => state === "polling");
  const polling = {
    name: "polled",
    points: delays.map((delayMs, step): [number, number] => [
      step,
      share(polled.map(({ latencyMs }) => (latencyMs ?? Infinity) <= delayMs)),
    ]),
  };
  return {
    kind: "line",
    id: "look-once-ladder",
    title: "Looking once and polling",
    description:
      "The share of readers that are right when they look just once after a delay, beside the share that a polling reader has seen by then. Where the curves part, looking itself keeps a cache warm.",
    count: data.climbs.length,
    thinned: 0,
    // Rungs lie decades apart: as names they have the same distance.
    x: {
      label: "delay after the change",
      unit: "",
      scale: "category",
      categories: delays.map((delayMs) => formatQuantity(delayMs, "ms")),
    },
    y: { label: "share right", unit: "ratio", scale: "linear" },
    marks: [],
    series: polled.length > 0 ? [...once, polling] : once,
  };
}
