import { formatQuantity } from "../src/core/quantity.ts";
import { quantile } from "../src/statistics/quantile.ts";
import { sampleOf } from "../src/statistics/sample.ts";

/** One thing that was measured several times. */
export interface Measurement {
  what: string;
  unit: "ms" | "s" | "bytes" | "count" | "per-second" | "bytes-per-second" | "times";
  values: number[];
  /** What it should be, for people to compare with; nothing here passes or fails. */
  wanted?: string;
}

/** A title and its rows in Markdown: the median and the quartiles, for the machine is rarely quiet. */
export function markdownOf(title: string, rows: readonly Measurement[]): string {
  const lines = rows.map(({ what, unit, values, wanted }) => {
    const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => show(quantile(sampleOf(values), q) ?? Number.NaN, unit));
    return `| ${what} | ${middle} | ${low} to ${high} | ${values.length} | ${wanted ?? ""} |`;
  });
  const head = ["| what | median | quartiles | n | wanted |", "|---|---|---|---|---|"];
  return [`## ${title}`, "", ...head, ...lines, ""].join("\n");
}

function show(value: number, unit: Measurement["unit"]): string {
  return unit === "times" ? `${Number(value.toPrecision(3))} x` : formatQuantity(value, unit);
}

/** Ratios of values that were measured next to each other. */
export function ratios(above: readonly number[], below: readonly number[]): number[] {
  return above.map((value, index) => value / (below[index] ?? Number.NaN));
}

/** What was measured in turns: a list for each name. */
export class Series {
  readonly values = new Map<string, number[]>();

  add(name: string, value: number): void {
    this.values.set(name, [...this.of(name), value]);
  }

  of(name: string): number[] {
    return this.values.get(name) ?? [];
  }
}
