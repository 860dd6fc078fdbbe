import { z } from "zod";
import { parseDurationNs, parseSizeBytes } from "./quantity.ts";
import type { TrialFlag } from "./trial.ts";

const wanting =
  (what: string) =>
  ({ code }: { code?: string }) =>
    code === "invalid_type" ? `want ${what}` : undefined;

/** Milliseconds, or a text with a unit in a plan file. */
export const durationMs = (leastMs: number, mostMs: number) =>
  z.preprocess(
    (value) => (typeof value === "string" ? (parseDurationNs(value) ?? Number.NaN) / 1e6 : value),
    z
      .number({ error: wanting("milliseconds, or a duration with a unit such as 30s") })
      .min(leastMs)
      .max(mostMs),
  );

/** Whole bytes, or a text with a unit in a plan file. */
export const sizeBytes = (leastBytes: number, mostBytes: number) =>
  z.preprocess(
    (value) => (typeof value === "string" ? (parseSizeBytes(value) ?? Number.NaN) : value),
    z
      .int({ error: wanting("bytes, or a size with a unit such as 64MiB") })
      .min(leastBytes)
      .max(mostBytes),
  );

const distinct = (values: readonly string[]) => new Set(values).size === values.length;

/** Some of these words, each at most once; all of them by default. */
export const subset = <const Values extends readonly [string, ...string[]]>(values: Values, least = 1) =>
  z
    .array(z.enum(values))
    .min(least)
    .refine(distinct, "one of them is named twice")
    .default([...values] as Values[number][]);

/** The faults of a plan file: what, with which numbers, and when; of which environment by its number. */
export const plannedFaults = z
  .array(
    z.strictObject({
      kind: z.string(),
      spec: z.unknown(),
      environment: z.int().min(0).default(0),
      startMs: durationMs(0, 86_400_000),
      durationMs: durationMs(0, 86_400_000),
    }),
  )
  .default([]);

/** Makes a trial's flags; `fail` makes its error of a text that cannot be read. */
export function flagsOf(fail: (detail: string) => Error) {
  const flag = (flags: string, description: string, read: (text: string) => Record<string, unknown>): TrialFlag => ({
    flags,
    description,
    apply: read,
  });
  return {
    /** Words between commas. */
    list: (name: string, key: string, description: string) =>
      flag(`${name} <list>`, description, (text) => ({ [key]: text.split(",").map((part) => part.trim()) })),
    /** A whole number. */
    count: (name: string, key: string, description: string) =>
      flag(`${name} <count>`, description, (text) => {
        if (!/^\d+$/.test(text)) throw fail(`${name} wants a whole number, not "${text}"`);
        return { [key]: Number(text) };
      }),
    /** A duration; a bare number counts seconds. */
    duration: (name: string, key: string, description: string) =>
      flag(`${name} <duration>`, description, (text) => {
        const ns = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1e9 : parseDurationNs(text);
        if (ns === undefined) throw fail(`${name} wants a duration such as 30s or 250ms, not "${text}"`);
        return { [key]: ns / 1e6 };
      }),
    /** A size; a bare number counts bytes. */
    size: (name: string, key: string, description: string) =>
      flag(`${name} <size>`, description, (text) => {
        const bytes = /^\d+$/.test(text) ? Number(text) : parseSizeBytes(text);
        if (bytes === undefined) throw fail(`${name} wants a size such as 64MiB, not "${text}"`);
        return { [key]: bytes };
      }),
    /** Any text, or one word that the options check. */
    text: (name: string, key: string, description: string, what = "text") =>
      flag(`${name} <${what}>`, description, (text) => ({ [key]: text })),
  };
}
