import type { Unit } from "../core/metric.ts";
import { formatQuantity as scaleToRead } from "../core/quantity.ts";
import type { Estimate, Summary } from "../core/report.ts";

/** What stands where there is no number. */
export const NO_NUMBER = "–";

/** Zero has no best unit; it keeps its own. */
const OWN_NAMES: Readonly<Record<Unit, string>> = {
  ns: "ns",
  us: "µs",
  ms: "ms",
  s: "s",
  bytes: "B",
  count: "",
  ratio: "",
  "per-second": "/s",
  "bytes-per-second": "B/s",
};

function isUnit(unit: string): unit is Unit {
  return Object.hasOwn(OWN_NAMES, unit);
}

/** A value in the unit that reads best; units of a chart's own ("%") stay as they are. */
export function formatQuantity(value: number | null, unit: string): string {
  if (value === null || !Number.isFinite(value)) return NO_NUMBER;
  if (unit === "count" && Number.isInteger(value)) return formatCount(value);
  if (isUnit(unit) && value !== 0) return scaleToRead(value, unit);
  const name = isUnit(unit) ? OWN_NAMES[unit] : unit;
  return name === "" ? scaleToRead(value, "count") : `${scaleToRead(value, "count")} ${name}`;
}

/** A whole number with its thousands apart. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
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
  return summary.censoredAbove === undefined
    ? "never seen"
    : `> ${formatQuantity(summary.censoredAbove, summary.unit)}`;
}

/** Mean and standard deviation are lower bounds where values are censored, and say so. */
export function formatMoment(summary: Summary, value: number | null): string {
  const text = formatQuantity(value, summary.unit);
  return summary.censored > 0 && value !== null ? `≥ ${text}` : text;
}

/** How many were not seen in time: "48 > 30 s". */
export function formatCensored({ censored, censoredAbove, unit }: Summary): string {
  if (censored === 0) return "0";
  const count = formatCount(censored);
  return censoredAbove === undefined ? count : `${count} > ${formatQuantity(censoredAbove, unit)}`;
}

/** A run's length for people: "12.3 s", "1 min 24 s", "2 h 03 min". */
export function formatDuration(durationMs: number): string {
  if (durationMs < 59_950) return formatQuantity(durationMs, "ms");
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
