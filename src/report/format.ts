import type { Estimate, Summary } from "../core/report.ts";

/** What stands where there is no number. */
export const NO_NUMBER = "–";

const NS_PER: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };
const TIME_STEPS: readonly Step[] = [
  { from: 1e9, name: "s" },
  { from: 1e6, name: "ms" },
  { from: 1e3, name: "µs" },
  { from: 1, name: "ns" },
];
const BYTE_STEPS: readonly Step[] = [
  { from: 2 ** 40, name: "TiB" },
  { from: 2 ** 30, name: "GiB" },
  { from: 2 ** 20, name: "MiB" },
  { from: 2 ** 10, name: "KiB" },
  { from: 1, name: "B" },
];

interface Step {
  from: number;
  name: string;
}

/** Three significant digits, but no digit before the point is ever rounded away; thousands are grouped by commas. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? NO_NUMBER : value > 0 ? "∞" : "-∞";
  const size = Math.abs(value);
  if (size >= 999.5) return Math.round(value).toLocaleString("en-US");
  return size !== 0 && size < 1e-6 ? value.toExponential(2) : value.toPrecision(3);
}

/** A value with its unit, scaled to a readable one: `31200, "ns"` is "31.2 µs". Units it does not know stay as they are. */
export function formatQuantity(value: number | null, unit: string): string {
  if (value === null || Number.isNaN(value)) return NO_NUMBER;
  const { number, name } = scaled(value, unit);
  const digits = unit === "count" && Number.isInteger(value) ? value.toLocaleString("en-US") : formatNumber(number);
  return name === "" ? digits : `${digits}${name.startsWith("/") ? "" : " "}${name}`;
}

/** The same without digits that say nothing: "10 ms", not "10.0 ms". For limits, axes and other exact values. */
export function formatExact(value: number, unit: string): string {
  return formatQuantity(value, unit)
    .replace(/(\.\d*?)0+(?=\s|\/|$)/, "$1")
    .replace(/\.(?=\s|\/|$)/, "");
}

function scaled(value: number, unit: string): { number: number; name: string } {
  const perUnit = NS_PER[unit];
  if (perUnit !== undefined) return inSteps(value * perUnit, TIME_STEPS, unit === "us" ? "µs" : unit, value);
  if (unit === "bytes") return inSteps(value, BYTE_STEPS, "B", value);
  if (unit === "per-second") return { number: value, name: "/s" };
  return { number: value, name: unit === "count" || unit === "ratio" ? "" : unit };
}

/** Zero keeps its own unit. What rounds up to the next unit is written in it: 999,800 ns is "1.00 ms". */
function inSteps(base: number, steps: readonly Step[], ownUnit: string, own: number): { number: number; name: string } {
  if (base === 0 || !Number.isFinite(base)) return { number: own, name: ownUnit };
  const rounded = Math.abs(Number(base.toPrecision(3)));
  const step = steps.find(({ from }) => rounded >= from) ?? { from: 1, name: ownUnit };
  return { number: base / step.from, name: step.name };
}

/** The 95 % interval in words; an open end is said as such. Empty where both ends are open. */
export function formatInterval({ low, high }: Estimate, unit: string): string {
  if (low === null && high === null) return "";
  if (low === null) return `up to ${formatQuantity(high, unit)}`;
  if (high === null) return `from ${formatQuantity(low, unit)}`;
  const [from, to] = [formatQuantity(low, unit), formatQuantity(high, unit)];
  const suffix = / \S+$/.exec(to)?.[0] ?? "";
  return suffix !== "" && from.endsWith(suffix) ? `${from.slice(0, -suffix.length)} to ${to}` : `${from} to ${to}`;
}

export type QuantileName = "p50" | "p90" | "p95" | "p99";

/** A quantile; among the censored values it reads "> 30 s". */
export function formatQuantile(summary: Summary, name: QuantileName): string {
  return formatUnlessCensored(summary, summary[name].value);
}

/** The greatest value, which is not known where some were censored. */
export function formatMax(summary: Summary): string {
  return formatUnlessCensored(summary, summary.censored > 0 ? null : summary.max);
}

function formatUnlessCensored(summary: Summary, value: number | null): string {
  if (value !== null || summary.censored === 0) return formatQuantity(value, summary.unit);
  return summary.censoredAbove === undefined ? "never seen" : `> ${formatExact(summary.censoredAbove, summary.unit)}`;
}

/** Mean and standard deviation are lower bounds where values are censored, and say so. */
export function formatMoment(summary: Summary, value: number | null): string {
  const text = formatQuantity(value, summary.unit);
  return summary.censored > 0 && value !== null ? `≥ ${text}` : text;
}

/** How many were not seen in time: "48 > 30 s". */
export function formatCensored({ censored, censoredAbove, unit }: Summary): string {
  if (censored === 0) return "0";
  const count = censored.toLocaleString("en-US");
  return censoredAbove === undefined ? count : `${count} > ${formatExact(censoredAbove, unit)}`;
}

/** A run's length for people: "12.3 s", "1 min 24 s", "2 h 03 min". */
export function formatDuration(durationMs: number): string {
  if (durationMs < 59_950) return formatExact(durationMs, "ms");
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${padded(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${padded(minutes % 60)} min`;
}

function padded(value: number): string {
  return String(value).padStart(2, "0");
}

const MONTHS = "January February March April May June July August September October November December".split(" ");

/** A moment in UTC for people: "20 November 2026, 06:40 UTC". Text that is no moment stays as it is. */
export function formatInstant(text: string): string {
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime())) return text;
  const day = `${instant.getUTCDate()} ${MONTHS[instant.getUTCMonth()]} ${instant.getUTCFullYear()}`;
  return `${day}, ${padded(instant.getUTCHours())}:${padded(instant.getUTCMinutes())} UTC`;
}
