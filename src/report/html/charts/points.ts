import type { Chart } from "../../../core/report.ts";
import type { Body } from "./frame.ts";
import { type SeriesLook, seriesLook } from "./look.ts";

/** A chart of points, joined or not. */
export type PointChart = Extract<Chart, { kind: "scatter" | "line" | "step" }>;

type Point = [number, number];

/** What the library hands to a function that draws one item. */
interface DrawParams {
  dataIndex: number;
}
interface DrawApi {
  coord(value: Point): Point;
}

/** Points that the axes can show: a logarithm has no zero. */
export function drawablePoints({ x, y }: Pick<Chart, "x" | "y">, points: readonly Point[]): Point[] {
  return points.filter(
    ([px, py]) =>
      Number.isFinite(px) && Number.isFinite(py) && (x.scale !== "log" || px > 0) && (y.scale !== "log" || py > 0),
  );
}

/** How many points of a chart cannot be drawn on its axes. */
export function undrawableCount(chart: PointChart): number {
  return chart.series.reduce((sum, { points }) => sum + points.length - drawablePoints(chart, points).length, 0);
}

/** Scatter, line and step charts. */
export function pointsBody(chart: PointChart): Body {
  const draw = chart.kind === "scatter" ? scatterSeries : lineSeries;
  return { series: chart.series.map(({ points }, i) => draw(chart, drawablePoints(chart, points), seriesLook(i))) };
}

/** One path for all points of a series: two thousand symbols of their own would make the page ten times as large. */
function scatterSeries(_chart: PointChart, data: Point[], look: SeriesLook): Record<string, unknown> {
  const renderItem = ({ dataIndex }: DrawParams, { coord }: DrawApi) => {
    if (dataIndex !== 0) return null;
    const at = (point: Point): string =>
      coord(point)
        .map((pixel) => pixel.toFixed(1))
        .join(" ");
    return {
      type: "path",
      shape: { pathData: data.map((point) => `M${at(point)}${look.mark}`).join("") },
      style: { stroke: look.colour, fill: "none", lineWidth: look.markWidth, lineCap: look.lineCap, opacity: 0.75 },
    };
  };
  return { type: "custom", silent: true, clip: false, progressive: 0, data, renderItem };
}

function lineSeries(chart: PointChart, data: Point[], look: SeriesLook): Record<string, unknown> {
  const few = chart.kind === "line" && data.length <= 40;
  return {
    type: "line",
    silent: true,
    data,
    step: chart.kind === "step" ? "end" : false,
    showSymbol: few,
    symbol: "circle",
    symbolSize: 5,
    itemStyle: { color: look.colour },
    lineStyle: { color: look.colour, width: 2, type: look.dash, cap: "butt" },
    emphasis: { disabled: true },
  };
}
