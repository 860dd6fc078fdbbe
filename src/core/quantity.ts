import type { Unit } from "./metric.ts";

const NS_PER: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  min: 60e9,
  h: 3600e9,
};
const BYTES_PER: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** Nanoseconds of a duration with a unit ("250ms", "1.5 s", "2min" or "2m"); `undefined` for anything else, a bare number included. */
export function parseDurationNs(text: string): number | undefined {
  return parse(text, NS_PER);
}

/** Bytes of a size with a unit ("64KiB", "5 GB"); `undefined` for anything else, a bare number included. */
export function parseSizeBytes(text: string): number | undefined {
  return parse(text, BYTES_PER);
}

function parse(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-zµ]+)\s*$/i.exec(text);
  const factor = match?.[2] === undefined ? undefined : units[match[2]];
  return factor === undefined ? undefined : Number(match?.[1]) * factor;
}

const DURATION_STEPS: readonly [number, string][] = [
  [60e9, "min"],
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
  [0, "ns"],
];
const SIZE_STEPS: readonly [number, string][] = [
  [2 ** 40, "TiB"],
  [2 ** 30, "GiB"],
  [2 ** 20, "MiB"],
  [2 ** 10, "KiB"],
  [0, "B"],
];
const SUFFIX: Partial<Record<Unit, string>> = { "per-second": "/s" };

/** A value for people: three significant digits, in the unit that reads best ("0.98 s", "42 µs", "1.5 GiB"). */
export function formatQuantity(value: number, unit: Unit): string {
  const nsPerUnit = NS_PER[unit];
  if (nsPerUnit !== undefined && value !== 0) return scaled(value * nsPerUnit, DURATION_STEPS);
  if (unit === "bytes") return scaled(value, SIZE_STEPS);
  if (unit === "bytes-per-second") return `${scaled(value, SIZE_STEPS)}/s`;
  if (nsPerUnit !== undefined) return `0 ${unit}`;
  return `${significant(value)}${SUFFIX[unit] ?? ""}`;
}

function scaled(value: number, steps: readonly [number, string][]): string {
  const [step, name] = steps.find(([least]) => Math.abs(value) >= least * 0.9995) ?? [1, ""];
  // Up to two minutes read better in seconds.
  if (name === "min" && Math.abs(value) < 120e9) return `${significant(value / 1e9)} s`;
  return `${significant(value / (step || 1))} ${name}`;
}

function significant(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
