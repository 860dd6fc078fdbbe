import { BarChart, BoxplotChart, CustomChart, LineChart } from "echarts/charts";
import { GridComponent, MarkLineComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Chart } from "../../../core/report.ts";
import { bandsBody } from "./bands.ts";
import { barsBody } from "./bars.ts";
import { boxesBody } from "./boxes.ts";
import { type Body, frameOption, type Size } from "./frame.ts";
import { heatmapBody } from "./heatmap.ts";
import { pointsBody } from "./points.ts";
import { cleanSvg } from "./svg.ts";

const WIDTH = 840;

/** A drawing of a chart in SVG, without any script, its own style or an identifier that another drawing could have. */
export function drawChart(chart: Chart, id: string): Size & { svg: string } {
  echarts.use([BarChart, BoxplotChart, CustomChart, LineChart, GridComponent, MarkLineComponent, SVGRenderer]);
  const size = { width: WIDTH, height: heightOf(chart) };
  const drawing = echarts.init(null, null, { renderer: "svg", ssr: true, ...size });
  try {
    drawing.setOption(frameOption(chart, bodyOf(chart)));
    return { ...size, svg: cleanSvg(drawing.renderToSVGString(), id) };
  } finally {
    drawing.dispose();
  }
}

function bodyOf(chart: Chart): Body {
  if (chart.kind === "bar") return barsBody(chart);
  if (chart.kind === "box") return boxesBody(chart);
  if (chart.kind === "bands") return bandsBody(chart);
  return chart.kind === "heatmap" ? heatmapBody(chart) : pointsBody(chart);
}

/** Rows of categories need room each; other charts have one shape. */
function heightOf({ kind, y }: Chart): number {
  const rows = y.scale === "category" ? (y.categories?.length ?? 0) : 0;
  if (rows === 0) return 340;
  const rowHeight = kind === "heatmap" ? (rows > 40 ? 12 : 34) : 32;
  return Math.min(70 + rows * rowHeight, 1400);
}
