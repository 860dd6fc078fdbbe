import type { Chart } from "../../core/report.ts";
import { formatCount } from "../format.ts";
import { bandSwatches, swatch } from "./charts/look.ts";
import { HEAT_STEPS } from "./charts/palette.ts";
import { undrawableCount } from "./charts/points.ts";
import { describedSvg } from "./charts/svg.ts";
import { type Html, html } from "./html.ts";

/**
 * Charts drawn into figures. The drawing library takes a third of a second and about 25 MB (twice that where it is not
 * bundled, as in tests), so it is loaded here, when there is something to draw.
 */
export async function figures(charts: readonly Chart[], prefix: string): Promise<Html[]> {
  if (charts.length === 0) return [];
  const { drawChart } = await import("./charts/draw.ts");
  return charts.map((chart, i) => {
    const id = `${prefix}-c${i}`;
    const { svg, ...size } = drawChart(chart, id);
    return figure(chart, id, describedSvg(svg, size, id, chart));
  });
}

function figure(chart: Chart, id: string, svg: Html): Html {
  return html`<figure class="chart" id="${id}">
<figcaption><h4>${chart.title}</h4><p>${chart.description}</p></figcaption>
${legend(chart)}
<div class="scroll" tabindex="0" role="group" aria-label="Chart: ${chart.title}">${svg}</div>
<p class="small">${countNote(chart)}</p>
</figure>`;
}

function legend(chart: Chart): Html | undefined {
  if (chart.kind === "heatmap") return heatLegend(chart);
  if (chart.kind === "bands") return bandLegend(chart);
  if (chart.kind === "box" || chart.series.length < 2) return undefined;
  const look = chart.kind === "bar" ? "area" : chart.kind === "scatter" ? "scatter" : "line";
  const entries = chart.series.map(({ name }, i) => html`<li>${swatch(i, look)}<bdi>${name}</bdi></li>`);
  return html`<ul class="legend">${entries}</ul>`;
}

/** Only what is there: charts that belong together share their classes, so that one thing has one look in all of them. */
function bandLegend({ classes, bands }: Extract<Chart, { kind: "bands" }>): Html {
  const present = new Set(bands.map(([, , , index]) => index));
  const entries = bandSwatches(classes).map(
    (look, i) => present.has(i) && html`<li>${look}<bdi>${classes[i]?.name}</bdi></li>`,
  );
  return html`<ul class="legend">${entries}</ul>`;
}

/** The cells of least and greatest value name the ends of the scale; where all have one value there is no scale. */
function heatLegend({ cells }: Extract<Chart, { kind: "heatmap" }>): Html | undefined {
  const measured = cells.filter(([, , value]) => value !== null).toSorted(([, , a], [, , b]) => Number(a) - Number(b));
  const [least, most] = [measured[0], measured.at(-1)];
  if (!least || !most) return undefined;
  const steps = Array.from({ length: HEAT_STEPS }, (_, i) => html`<i style="background:var(--chart-heat-${i})"></i>`);
  const scale = least[2] !== most[2] && html`<li>${least[3]}<span class="ramp">${steps}</span>${most[3]}</li>`;
  const blank = measured.length < cells.length && html`<li><i class="blank"></i>dashed: not measured</li>`;
  return scale || blank ? html`<ul class="legend">${scale}${blank}</ul>` : undefined;
}

function countNote(chart: Chart): string {
  const notes = [`n = ${formatCount(chart.count)}`];
  if (chart.thinned > 0) notes.push(`${formatCount(chart.thinned)} thinned out of the drawing`);
  const hidden = "series" in chart && chart.kind !== "bar" ? undrawableCount(chart) : 0;
  if (hidden > 0) notes.push(`${formatCount(hidden)} at or below zero, which a log axis cannot show`);
  if (chart.kind === "box") {
    const missing = chart.boxes.flatMap((box, i) => (box === null ? [categoryName(chart, i)] : []));
    if (missing.length > 0) notes.push(`not measured: ${missing.join(", ")}`);
  }
  return `${notes.join(" · ")}.`;
}

function categoryName({ x, y }: Chart, index: number): string {
  return (y.categories ?? x.categories)?.[index] ?? String(index);
}
