import type { Metric } from "../../core/metric.ts";
import type { Estimate, Summary, TrialReport } from "../../core/report.ts";
import {
  formatCensored,
  formatCount,
  formatInterval,
  formatMax,
  formatMoment,
  formatQuantile,
  formatQuantity,
  NO_NUMBER,
} from "../format.ts";
import { type Html, html, type Part } from "./html.ts";

/** The summaries of each metric, in the order in which the metrics were declared. */
export function summaryTables({ metrics, summaries }: Pick<TrialReport, "metrics" | "summaries">): Html[] {
  const ids = new Set([...metrics.map(({ id }) => id), ...summaries.map(({ metric }) => metric)]);
  return [...ids].flatMap((id) => {
    const rows = summaries.filter(({ metric }) => metric === id);
    return rows.length === 0
      ? []
      : [
          metricTables(
            id,
            metrics.find((metric) => metric.id === id),
            rows,
          ),
        ];
  });
}

const BETTER = { lower: "Lower is better.", higher: "Higher is better.", none: "" } as const;

function metricTables(id: string, metric: Metric | undefined, rows: readonly Summary[]): Html {
  const about = metric && [metric.meaning, BETTER[metric.direction]].filter((text) => text !== "").join(" ");
  return html`<div class="figures"><h4><code>${id}</code></h4>
${about !== undefined && html`<p>${about}</p>`}
${byLabelNames(rows).map(([names, alike]) => summaryTable(id, names, alike))}</div>`;
}

/** Series with the same names of labels belong into one table; the whole comes before its parts. */
function byLabelNames(rows: readonly Summary[]): [names: string[], rows: Summary[]][] {
  const tables = new Map<string, [string[], Summary[]]>();
  for (const row of rows) {
    const names = Object.keys(row.labels);
    const key = JSON.stringify(names.toSorted());
    const table = tables.get(key);
    if (table) table[1].push(row);
    else tables.set(key, [names, [row]]);
  }
  return [...tables.values()].toSorted(([a], [b]) => a.length - b.length);
}

/** More rows than this are for those who look for one: they are folded. */
const MOST_OPEN_ROWS = 40;

function summaryTable(id: string, names: readonly string[], rows: readonly Summary[]): Html {
  const by = names.length === 0 ? "" : ` by ${names.join(", ")}`;
  const table = html`<div class="scroll" tabindex="0" role="group" aria-label="Table: ${id}${by}"><table class="sortable">
<thead><tr>${names.map((name) => html`<th scope="col">${name}</th>`)}${NUMBER_HEADS}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${names.map((name) => labelCell(row.labels[name]))}${numberCells(row)}</tr>`)}</tbody>
</table></div>`;
  if (rows.length <= MOST_OPEN_ROWS) return table;
  return html`<details class="long"><summary>${formatCount(rows.length)} series${by}</summary>${table}</details>`;
}

const NUMBER_HEADS: Html = html`${[
  "n",
  "> T",
  "mean",
  "median (p50)",
  "p90",
  "p95",
  "p99",
  "std. dev.",
  "min",
  "max",
].map((name) => html`<th scope="col" class="number">${name}</th>`)}`;

function labelCell(value: string | undefined): Html {
  return html`<th scope="row"><bdi>${value}</bdi></th>`;
}

function numberCells(summary: Summary): Html[] {
  const { unit, count, censored, mean, standardDeviation, min } = summary;
  return [
    numberCell(formatCount(count), count),
    numberCell(formatCensored(summary), censored),
    estimateCell(formatMoment(summary, mean.value), mean, unit),
    ...(["p50", "p90", "p95", "p99"] as const).map((name) =>
      estimateCell(formatQuantile(summary, name), summary[name], unit),
    ),
    numberCell(formatMoment(summary, standardDeviation), standardDeviation),
    numberCell(formatQuantity(min, unit), min),
    numberCell(formatMax(summary), censored > 0 ? null : summary.max),
  ];
}

function estimateCell(text: string, estimate: Estimate, unit: string): Html {
  const interval = text === NO_NUMBER ? "" : formatInterval(estimate, unit);
  return numberCell(html`${text}${interval !== "" && html`<small>${interval}</small>`}`, estimate.value);
}

/** Cells carry their number for sorting; one without a number is greater than all, as a censored value is. */
function numberCell(content: Part, value: number | null): Html {
  return html`<td data-value="${value === null ? "Infinity" : Number(value.toPrecision(6))}">${content}</td>`;
}
