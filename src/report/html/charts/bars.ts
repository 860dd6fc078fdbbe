import type { Chart } from "../../../core/report.ts";
import type { Body } from "./frame.ts";
import { seriesLook } from "./look.ts";

/** Bars over categories, or over a number line between edges. */
export type BarChart = Extract<Chart, { kind: "bar" }>;

interface DrawParams {
  coordSys: { y: number; height: number };
}
interface DrawApi {
  value(dimension: number): number;
  coord(value: [number, number]): [number, number];
}

/** Histograms and other bars. */
export function barsBody(chart: BarChart): Body {
  const { edges } = chart;
  const series = chart.series.map(({ values }, i) =>
    edges === undefined ? categoryBars(values, i) : edgedBars(edges, values, i),
  );
  return { series, ...(chart.y.scale === "linear" && { y: { min: 0 } }) };
}

function categoryBars(values: readonly number[], index: number): Record<string, unknown> {
  const { colour } = seriesLook(index);
  return { type: "bar", silent: true, data: [...values], itemStyle: { color: colour }, barMaxWidth: 48 };
}

/** The library's own bars need categories; these span their bin on any scale, so that a log axis stays true. */
function edgedBars(edges: readonly number[], values: readonly number[], index: number): Record<string, unknown> {
  const { colour, dash } = seriesLook(index);
  const renderItem = ({ coordSys }: DrawParams, api: DrawApi) => {
    const height = api.value(2);
    if (!(height > 0)) return null;
    const [left, top] = api.coord([api.value(0), height]);
    const [right] = api.coord([api.value(1), height]);
    return {
      type: "rect",
      shape: { x: left, y: top, width: Math.max(right - left - 1, 1), height: coordSys.y + coordSys.height - top },
      style: { fill: colour, fillOpacity: 0.3, stroke: colour, lineWidth: 1, lineDash: dash },
    };
  };
  return {
    type: "custom",
    silent: true,
    progressive: 0,
    dimensions: ["from", "to", "value"],
    encode: { x: [0, 1], y: 2 },
    data: values.map((value, i) => [edges[i], edges[i + 1], value]),
    renderItem,
  };
}
