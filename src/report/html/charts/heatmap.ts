import type { Chart } from "../../../core/report.ts";
import { plainLine } from "../../plain-text.ts";
import type { Box, DrawApi, DrawParams } from "./drawn-item.ts";
import type { Body } from "./frame.ts";
import { HEAT_STEPS, placeholder } from "./palette.ts";

/** Cells of two categories. */
export type HeatmapChart = Extract<Chart, { kind: "heatmap" }>;

/** From this ratio of greatest to least on, equal steps of colour are equal ratios rather than equal differences. */
const LOG_FROM_RATIO = 20;

/**
 * Rectangles of our own on the library's axes: its heat map wants a scale of blended colours, which could not follow
 * the page from light to dark.
 */
export function heatmapBody({ cells }: HeatmapChart): Body {
  const stepOf = heatScale(cells.flatMap(([, , value]) => value ?? []));
  const renderItem = ({ dataIndex }: DrawParams, api: DrawApi) => {
    const [x, y, value, text] = cells[dataIndex] as HeatmapChart["cells"][number];
    const [width, height] = api.size([1, 1]);
    const [centreX, centreY] = api.coord([x, y]);
    const gap = width > 12 ? 1.5 : 0.5;
    const shape = {
      x: centreX - width / 2 + gap,
      y: centreY - height / 2 + gap,
      width: width - 2 * gap,
      height: height - 2 * gap,
    };
    return { type: "group", children: value === null ? blank(shape, text) : filled(shape, text, stepOf(value)) };
  };
  const data = cells.map(([x, y]) => [x, y]);
  return {
    series: [{ type: "custom", silent: true, progressive: 0, data, renderItem }],
    x: { position: "top", axisLine: { show: false } },
    y: { inverse: true },
    grid: { right: 4 },
  };
}

/** The colour step, from 0 to `HEAT_STEPS` - 1, of a value among all values. */
export function heatScale(values: readonly number[]): (value: number) => number {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const place = low > 0 && high / low >= LOG_FROM_RATIO ? Math.log : (value: number) => value;
  const span = place(high) - place(low);
  return (value) =>
    span > 0 ? Math.min(Math.floor(((place(value) - place(low)) / span) * HEAT_STEPS), HEAT_STEPS - 1) : 0;
}

function filled(shape: Box, text: string, step: number): object[] {
  const rect = { type: "rect", shape, style: { fill: placeholder(`heat-${step}`) } };
  return [rect, ...caption(shape, text, placeholder(`heat-ink-${step}`))];
}

function blank(shape: Box, text: string): object[] {
  const style = { fill: "none", stroke: placeholder("rule"), lineWidth: 1, lineDash: [3, 3] };
  return [{ type: "rect", shape, style }, ...caption(shape, text, placeholder("muted"))];
}

function caption({ x, y, width, height }: Box, text: string, fill: string): object[] {
  if (width < 30 || height < 13) return [];
  const place = { x: x + width / 2, y: y + height / 2, textAlign: "center", textVerticalAlign: "middle" };
  return [
    {
      type: "text",
      style: { ...place, text: plainLine(text), fill, fontSize: 11.5, width: width - 4, overflow: "truncate" },
    },
  ];
}
