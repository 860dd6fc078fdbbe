import { z } from "zod";
import { REPORT_SCHEMA_VERSION } from "./report.ts";
import { VERDICTS } from "./verdict.ts";

const verdict = z.enum(VERDICTS);
const unit = z.enum(["ns", "us", "ms", "s", "bytes", "count", "ratio", "per-second", "bytes-per-second"]);
const labels = z.record(z.string(), z.string());
const bound = z.number().nullable();
const whole = z.int().min(0);

const finding = z.object({
  claim: z.string(),
  statement: z.string(),
  verdict,
  detail: z.string(),
  scope: labels,
  events: z.array(whole).max(20),
  eventCount: whole,
  settle: z.string().exactOptional(),
});

const metric = z.object({
  id: z.string(),
  unit,
  direction: z.enum(["lower", "higher", "none"]),
  meaning: z.string(),
});

const estimate = z.object({ value: bound, low: bound, high: bound });

const summary = z.object({
  metric: z.string(),
  labels,
  unit,
  count: whole,
  censored: whole,
  censoredAbove: z.number().exactOptional(),
  mean: estimate,
  standardDeviation: bound,
  min: bound,
  max: bound,
  p50: estimate,
  p90: estimate,
  p95: estimate,
  p99: estimate,
});

const axis = z.object({
  label: z.string(),
  unit: z.string(),
  scale: z.enum(["linear", "log", "category"]),
  categories: z.array(z.string()).exactOptional(),
});

const chartBase = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  count: whole,
  thinned: whole,
  x: axis,
  y: axis,
  marks: z.array(
    z.object({
      axis: z.enum(["x", "y"]),
      value: z.number(),
      label: z.string(),
      shade: z.enum(["below", "above"]).exactOptional(),
    }),
  ),
  spans: z.array(z.object({ from: z.number(), to: z.number(), label: z.string() })).exactOptional(),
});

const point = z.tuple([z.number(), z.number()]);
const box = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()]);

const chart = z.discriminatedUnion("kind", [
  chartBase.extend({
    kind: z.enum(["scatter", "line", "step"]),
    series: z.array(z.object({ name: z.string(), points: z.array(point) })),
  }),
  chartBase.extend({
    kind: z.literal("bar"),
    edges: z.array(z.number()).exactOptional(),
    series: z.array(z.object({ name: z.string(), values: z.array(z.number()) })),
  }),
  chartBase.extend({ kind: z.literal("box"), boxes: z.array(box.nullable()) }),
  chartBase.extend({ kind: z.literal("heatmap"), cells: z.array(z.tuple([whole, whole, bound, z.string()])) }),
  chartBase.extend({
    kind: z.literal("bands"),
    classes: z.array(z.object({ name: z.string(), tone: z.enum(["calm", "faint", "notice", "bad"]) })),
    bands: z.array(z.tuple([whole, z.number(), z.number(), whole, z.string()])),
  }),
]);

const factSheet = z.object({ title: z.string(), facts: z.array(z.tuple([z.string(), z.string()])) });

const trial = z.object({
  id: z.string(),
  title: z.string(),
  question: z.string(),
  verdict,
  headline: z.string(),
  limits: z.array(z.string()),
  findings: z.array(finding),
  metrics: z.array(metric),
  summaries: z.array(summary),
  charts: z.array(chart),
  facts: z.array(factSheet),
  reason: z.string().exactOptional(),
  startedNs: z.number(),
  durationMs: z.number(),
});

/**
 * What a `report.json` must hold; a test holds it and `Report` to each other at compile time. Fields that it does not
 * know are dropped, so that a later release may add some without a new version.
 */
export const reportSchema = z.object({
  schemaVersion: z.literal(REPORT_SCHEMA_VERSION),
  runId: z.string(),
  seatrialVersion: z.string(),
  startedAt: z.iso.datetime({ offset: true }),
  durationMs: z.number(),
  verdict,
  seed: z.string(),
  command: z.string(),
  ended: z.enum(["completed", "interrupted", "errored", "unfinished"]),
  problems: z.array(z.string()),
  environment: z.array(factSheet),
  trials: z.array(trial),
});

/** The published form (JSON Schema, draft 2020-12), for tools in other languages. */
export function reportJsonSchema(): object {
  return {
    ...z.toJSONSchema(reportSchema, { io: "input" }),
    title: "Seatrial report",
    description: "The outcome of one run: verdicts, findings with their evidence, statistics and chart data.",
  };
}
