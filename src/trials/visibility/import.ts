import { z } from "zod";
import type { HistoryEvent } from "../../core/history.ts";
import type { ImportedTrial, Importer } from "../../core/trial.ts";
import { visibilityError } from "./errors.ts";
import type { SampleOp } from "./model.ts";
import { NOTES } from "./notes.ts";
import { type VisibilityOptions, visibilityOptions } from "./options.ts";
import { environmentName, type VisibilityPlan } from "./plan.ts";

/** The report of the original mount tester, as far as it is read. Unknown fields are kept out, missing ones refused. */
const mountTesterReport = z.looseObject({
  metadata: z
    .looseObject({ timestamp: z.string(), system: z.record(z.string(), z.unknown()).default({}) })
    .catchall(z.unknown()),
  test_config: z.looseObject({
    num_samples: z.int().min(0).max(1_000_000),
    timeout: z.number().min(0.001).max(3600),
    num_environments: z.int().min(0),
  }),
  samples: z
    .array(
      z.looseObject({
        sample_id: z.int().min(0),
        test_type: z.enum(["file", "directory"]),
        environment: z.int().min(0),
        latency_ms: z.number().min(0).max(86_400_000),
        timestamp: z.string(),
      }),
    )
    .refine((samples) => new Set(samples.map(({ sample_id: id }) => id)).size === samples.length, {
      error: "two samples have the same sample_id",
    }),
  summary: z.looseObject({ timeouts: z.int().min(0).optional() }),
});
type MountTesterReport = z.infer<typeof mountTesterReport>;

/** What such a report cannot say, for everybody who reads it later. */
const METHOD_NOTE =
  "Imported: each look was one exec into the container, so a latency holds the cost of one exec (directory) or two (file), tens of milliseconds, and no floor was measured beside it. " +
  "Only creation from host to container was tried; which operation a timed-out sample was is not recorded, and it is counted with the files. Not to be merged with samples of a resident reader.";

/** Reads reports of the mount consistency tester that this trial replaces. */
export const mountTesterImporter: Importer = {
  id: "mount-tester",
  title: "JSON report of the mount consistency tester (one exec a look)",
  recognise: (document) => {
    const keys = new Set(Object.keys(typeof document === "object" && document !== null ? document : {}));
    return ["metadata", "test_config", "samples", "summary"].every((key) => keys.has(key));
  },
  convert: (document) => {
    const parsed = mountTesterReport.safeParse(document);
    if (!parsed.success) throw visibilityError("VISIBILITY_FOREIGN_REPORT", z.prettifyError(parsed.error));
    return convert(parsed.data);
  },
};

function convert(report: MountTesterReport): ImportedTrial {
  const { metadata, test_config: config } = report;
  const timeoutMs = config.timeout * 1000;
  const options: VisibilityOptions = visibilityOptions.parse({
    samples: Math.max(1, config.num_samples),
    timeoutMs,
    directions: ["host-to-container"],
    operations: ["write-new", "mkdir"],
    environments: Math.min(16, Math.max(1, config.num_environments)),
    scenarios: [],
  });
  const plan: VisibilityPlan = {
    environments: [],
    faults: [],
    steps: { cells: [], rounds: 1, scenarios: [] },
    estimate: { durationMs: 0, operations: config.num_samples },
  };
  const { system, timestamp: _, ...others } = metadata;
  const engine = Object.values(others).find((value) => typeof value === "object" && value !== null) ?? {};
  return {
    trial: "visibility",
    options,
    plan,
    startedAt: startOf(report),
    host: factsOf(system),
    runtime: { id: "imported", facts: factsOf(engine) },
    events: [...eventsOf(report, timeoutMs)],
  };
}

function dateOf(timestamp: string): Date {
  const date = new Date(timestamp);
  if (Number.isNaN(date.getTime())) throw visibilityError("VISIBILITY_FOREIGN_REPORT", `"${timestamp}" is not a time`);
  return date;
}

/** The report's own stamp, or that of a sample where the report was stamped when it was written. */
function startOf({ metadata, samples }: MountTesterReport): Date {
  return samples.reduce((earliest, { timestamp }) => {
    const date = dateOf(timestamp);
    return date < earliest ? date : earliest;
  }, dateOf(metadata.timestamp));
}

function factsOf(record: object): [string, string][] {
  return Object.entries(record).map(([key, value]) => [
    key,
    typeof value === "object" ? JSON.stringify(value) : String(value),
  ]);
}

function* eventsOf(report: MountTesterReport, timeoutMs: number): Generator<HistoryEvent<SampleOp>> {
  let index = 0;
  const startMs = startOf(report).getTime();
  yield { kind: "note", note: NOTES.method, data: METHOD_NOTE, index: index++, timeNs: 0 };
  let timeNs = 0;
  for (const { id, sample } of inOrder(report)) {
    const atMs = sample ? dateOf(sample.timestamp).getTime() - startMs : undefined;
    timeNs = Math.max(timeNs, (atMs ?? 0) * 1e6);
    const op = sampleOp(id, sample, timeoutMs);
    const { act: _, look: __, ...asked } = op;
    yield { kind: "invoke", process: "exec-poll", op: asked, index: index++, timeNs };
    yield { kind: "ok", process: "exec-poll", op, invokeIndex: index - 1, index: index++, timeNs };
  }
}

/** The samples by id; an id that is missing is a sample that timed out, as far as the report counts time-outs. */
function inOrder({
  samples,
  test_config: config,
  summary,
}: MountTesterReport): { id: number; sample?: MountTesterReport["samples"][number] }[] {
  const byId = new Map(samples.map((sample) => [sample.sample_id, sample]));
  const gaps = Array.from({ length: config.num_samples }, (_, id) => id).filter((id) => !byId.has(id));
  const timedOut = gaps.slice(0, summary.timeouts ?? gaps.length);
  return [...samples.map((sample) => ({ id: sample.sample_id, sample })), ...timedOut.map((id) => ({ id }))].sort(
    (a, b) => a.id - b.id,
  );
}

function sampleOp(
  number: number,
  sample: MountTesterReport["samples"][number] | undefined,
  timeoutMs: number,
): SampleOp {
  const latencyNs = (sample?.latency_ms ?? timeoutMs) * 1e6;
  return {
    type: "sample",
    number,
    environment: environmentName(sample?.environment ?? 0),
    cell: {
      operation: sample?.test_type === "directory" ? "mkdir" : "write-new",
      direction: "host-to-container",
      state: "polling",
      observer: sample?.test_type === "directory" ? "stat" : "read",
    },
    act: { begunNs: 0, returnedNs: 0 },
    look: {
      armedNs: 0,
      runs: sample ? [["new", latencyNs, latencyNs, latencyNs, 1]] : [["old", latencyNs, latencyNs, latencyNs, 1]],
      events: [],
      looks: 1,
      maxGapNs: 0,
      endedNs: latencyNs,
      timedOut: sample === undefined,
      unarmed: false,
    },
  };
}
