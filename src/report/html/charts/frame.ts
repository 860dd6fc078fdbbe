import type { EChartsCoreOption } from "echarts/core";
import type { Axis, Chart } from "../../../core/report.ts";
import { formatQuantity } from "../../format.ts";
import { plainLine } from "../../plain-text.ts";
import { placeholder } from "./palette.ts";

/** Pixels of the drawing; the page scales it to its own width. */
export interface Size {
  width: number;
  height: number;
}

/** What a kind of chart adds to the frame that all share. */
export interface Body {
  series: Record<string, unknown>[];
  x?: Record<string, unknown>;
  y?: Record<string, unknown>;
  grid?: Record<string, unknown>;
}

const FONT_SIZE = 12;

/** The option that draws a chart: axes, grid lines and marks are the same for all kinds, the series are not. */
export function frameOption(chart: Chart, body: Body): EChartsCoreOption {
  return {
    animation: false,
    textStyle: { fontFamily: "sans-serif", fontSize: FONT_SIZE, color: placeholder("muted") },
    grid: { ...margins(chart), outerBoundsMode: "same", outerBoundsContain: "all", ...body.grid },
    xAxis: { ...axisOption(chart.x, "x"), ...body.x },
    yAxis: { ...axisOption(chart.y, "y"), ...body.y },
    series: [...shadeSeries(chart), ...spanSeries(chart), ...body.series, ...markSeries(chart)],
  };
}

/** The library guesses how wide a text is; where names stand to the left, a wide font needs more than the guess. */
function margins({ y }: Chart): Record<string, number> {
  return { left: y.scale === "category" ? 26 : 8, right: 22, top: 14, bottom: 4 };
}

function axisOption(axis: Axis, side: "x" | "y"): Record<string, unknown> {
  const line = { lineStyle: { color: placeholder("rule"), width: 1 } };
  return {
    name: plainLine(axis.label),
    nameLocation: "middle",
    nameGap: 10,
    nameMoveOverlap: true,
    nameTextStyle: { color: placeholder("ink"), fontSize: FONT_SIZE, fontWeight: 600 },
    axisLine: { show: side === "x", ...line },
    axisTick: { show: side === "x" && axis.scale !== "category", ...line },
    splitLine: { show: axis.scale !== "category", lineStyle: { color: placeholder("grid"), width: 1 } },
    ...(axis.scale === "category" ? categoryScale(axis) : numberScale(axis)),
  };
}

function numberScale({ scale, unit }: Axis): Record<string, unknown> {
  return {
    type: scale === "log" ? "log" : "value",
    axisLabel: { ...labelStyle(), hideOverlap: true, formatter: (value: number) => formatQuantity(value, unit) },
  };
}

/** Names are handed to the library through a function: as templates they could hold its placeholders. */
function categoryScale({ categories = [] }: Axis): Record<string, unknown> {
  return {
    type: "category",
    data: categories.map((_, i) => i),
    axisLabel: {
      ...labelStyle(),
      interval: categories.length > 40 ? "auto" : 0,
      hideOverlap: categories.length > 12,
      width: 170,
      overflow: "truncate",
      formatter: (value: string) => plainLine(categories[Number(value)] ?? ""),
    },
  };
}

function labelStyle(): Record<string, unknown> {
  return { color: placeholder("muted"), fontSize: FONT_SIZE, margin: 8 };
}

/** What the library hands to a function that draws one item. */
interface DrawParams {
  coordSys: { x: number; y: number; width: number; height: number };
}
interface DrawApi {
  coord(value: [number, number]): [number, number];
}

/** Tints from a mark to the end of the plot, under everything else. */
function shadeSeries(chart: Chart): Record<string, unknown>[] {
  const shades = drawableMarks(chart).filter(({ shade }) => shade !== undefined);
  return shades.map(({ axis, value, shade }) => ({
    type: "custom",
    silent: true,
    z: 0,
    data: [axis === "x" ? [value, Number.NaN] : [Number.NaN, value]],
    renderItem: ({ coordSys: { x, y, width, height } }: DrawParams, { coord }: DrawApi) => {
      const [atX, atY] = coord([value, value]);
      const toStart = shade === "below";
      const shape =
        axis === "x"
          ? { y, height, x: toStart ? x : atX, width: toStart ? atX - x : x + width - atX }
          : { x, width, y: toStart ? atY : y, height: toStart ? y + height - atY : atY - y };
      return { type: "rect", shape, style: { fill: placeholder("shade") } };
    },
  }));
}

/** All spans at once, so that a label is left out where the one before it still stands. */
function spanSeries({ spans = [], x: axis }: Chart): Record<string, unknown>[] {
  if (spans.length === 0 || axis.scale !== "linear") return [];
  const renderItem = ({ dataIndex, coordSys }: DrawParams & { dataIndex: number }, { coord }: DrawApi) => {
    if (dataIndex > 0) return null;
    let freeFrom = -Infinity;
    const children = spans.flatMap(({ from, to, label }) => {
      const [left, right] = [coord([from, 0])[0], coord([to, 0])[0]];
      const text = plainLine(label);
      const fits = left >= freeFrom && left + text.length * LABEL_LETTER_WIDTH < coordSys.x + coordSys.width;
      if (fits) freeFrom = left + (text.length + 1) * LABEL_LETTER_WIDTH;
      return [spanRect(left, right, coordSys), ...(fits ? [spanLabel(left, text, coordSys)] : [])];
    });
    return { type: "group", children };
  };
  const ends = spans.flatMap(({ from, to }) => [from, to]);
  return [{ type: "custom", silent: true, z: 0, data: ends.map((end) => [end, Number.NaN]), renderItem }];
}

const LABEL_LETTER_WIDTH = 6.2;

function spanRect(left: number, right: number, { y, height }: DrawParams["coordSys"]): object {
  const shape = { x: left, y, width: Math.max(right - left, 1.5), height };
  return { type: "rect", shape, style: { fill: placeholder("notice"), opacity: 0.45 } };
}

function spanLabel(left: number, text: string, { y }: DrawParams["coordSys"]): object {
  const style = { x: left + 3, y: y + 2, text, fill: placeholder("ink"), fontSize: 11 };
  return { type: "text", style };
}

function drawableMarks({ marks, x, y }: Chart): Chart["marks"] {
  return marks.filter(({ axis, value }) => (axis === "x" ? x : y).scale !== "log" || value > 0);
}

/** A series without points that carries the marks: its data makes the axes reach far enough to show them. */
function markSeries(chart: Chart): Record<string, unknown>[] {
  const shown = drawableMarks(chart);
  if (shown.length === 0) return [];
  return [
    {
      type: "custom",
      silent: true,
      renderItem: () => null,
      data: shown.map(({ axis, value }) => (axis === "x" ? [value, Number.NaN] : [Number.NaN, value])),
      markLine: {
        silent: true,
        symbol: "none",
        lineStyle: { color: placeholder("mark"), width: 1.2, type: [5, 4] },
        data: shown.map(({ axis, value, label }) => ({
          [`${axis}Axis`]: value,
          label: markLabel(label, axis === "x" && chart.y.scale === "category"),
        })),
      },
    },
  ];
}

/** Axes of categories run downwards, and lines across them with them. */
function markLabel(label: string, downwards: boolean): Record<string, unknown> {
  return {
    formatter: () => plainLine(label),
    position: downwards ? "insideStartTop" : "insideEndTop",
    distance: 3,
    fontSize: 11,
    color: placeholder("mark"),
    backgroundColor: placeholder("surface"),
    padding: [1, 5],
  };
}
