import { z } from "zod";
import { durationMs, flagsOf, plannedFaults, subset } from "../../core/option-values.ts";
import { parseDurationNs } from "../../core/quantity.ts";
import type { Profile, TrialFlag } from "../../core/trial.ts";
import { visibilityError } from "./errors.ts";
import { DIRECTIONS, OBSERVERS, OPERATIONS, READER_STATES, SCENARIOS } from "./model.ts";

/** What a mount promises; decides which staleness is a fault. */
export const MOUNT_CLASSES = ["native", "close-to-open", "ttl-cache", "coherent-cluster"] as const;
export type MountClass = (typeof MOUNT_CLASSES)[number];

export const STATISTICS = ["mean", "p50", "p90", "p95", "p99", "max"] as const;
export type Statistic = (typeof STATISTICS)[number];

export const visibilityOptions = z.strictObject({
  samples: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(25)
    .describe("samples of each cell: operation x direction x reader state x observer"),
  timeoutMs: durationMs(1, 3_600_000).default(15_000).describe("a change not seen by then is kept as never seen"),
  eventTimeoutMs: durationMs(1, 3_600_000).default(2_000).describe("an event not heard by then is lost"),
  maxDurationMs: durationMs(100, 86_400_000).default(20_000).describe("no new sample is begun after this long"),
  environments: z.int().min(1).max(16).default(3).describe("directories with a container each"),
  operations: subset(OPERATIONS),
  directions: subset(DIRECTIONS),
  states: subset(READER_STATES),
  observers: subset(OBSERVERS),
  scenarios: subset(SCENARIOS, 0),
  scenarioDurationMs: durationMs(50, 600_000)
    .default(400)
    .describe("how long a scenario writes and reads at the same time"),
  manyFiles: z.int().min(2).max(1_000_000).default(1000).describe("files of the scenario many-files"),
  ladderMs: z
    .array(z.number().min(0).max(60_000))
    .min(1)
    .max(20)
    .default([0, 1, 3, 10, 30, 100])
    .describe("delays of the look-once ladder"),
  path: z.string().startsWith("/").optional().describe("directory on this machine to try; a temporary one by default"),
  share: z
    .string()
    .startsWith("/")
    .optional()
    .describe(
      "where the containers' side of --path is mounted on this machine, when that is another mount of the same files",
    ),
  image: z.string().min(1).optional().describe("base image of the containers"),
  expect: z
    .enum(["auto", ...MOUNT_CLASSES])
    .default("auto")
    .describe("what the mount promises; auto reads it from the mount"),
  ttlMs: durationMs(0, 86_400_000)
    .optional()
    .describe("how long a cached answer may be old; by the mount's class when absent"),
  limits: z
    .record(z.string(), durationMs(0, 86_400_000))
    .default({})
    .describe('limits of your own: "create.p99": 10 (milliseconds), "all.mean": "5ms"'),
  faults: plannedFaults.describe("faults to inject while samples are taken"),
});
export type VisibilityOptions = z.infer<typeof visibilityOptions>;

/** The original's presets in samples and time-out; here the samples are of each cell, not of all together. */
export const visibilityProfiles: Record<Profile, Record<string, unknown>> = {
  quick: { samples: 25, timeoutMs: 15_000, maxDurationMs: 20_000 },
  standard: {
    samples: 100,
    timeoutMs: 30_000,
    maxDurationMs: 240_000,
    manyFiles: 10_000,
    ladderMs: [0, 1, 3, 10, 30, 100, 300, 1000, 3000],
  },
  thorough: {
    samples: 500,
    timeoutMs: 60_000,
    maxDurationMs: 1_800_000,
    scenarioDurationMs: 5_000,
    manyFiles: 10_000,
    ladderMs: [0, 1, 3, 10, 30, 100, 300, 1000, 3000],
  },
};

/** Limits as [operation or "all", statistic, milliseconds]. @throws SeatrialError VISIBILITY_LIMIT */
export function parseLimits(
  limits: VisibilityOptions["limits"],
): { operation: string; statistic: Statistic; limitMs: number }[] {
  return Object.entries(limits).map(([key, limitMs]) => {
    const [operation = "", statistic = "", ...rest] = key.split(".");
    const known = operation === "all" || OPERATIONS.some((id) => id === operation);
    if (!known || rest.length > 0 || !STATISTICS.some((id) => id === statistic)) {
      throw visibilityError(
        "VISIBILITY_LIMIT",
        `"${key}": the part before the dot is an operation or "all", the part after it one of ${STATISTICS.join(", ")}`,
      );
    }
    return { operation, statistic: statistic as Statistic, limitMs };
  });
}

const { list, count, duration, text: words } = flagsOf((detail) => visibilityError("VISIBILITY_OPTION", detail));

export const visibilityFlags: readonly TrialFlag[] = [
  count("--samples", "samples", "samples of each cell"),
  duration("--timeout", "timeoutMs", "a change not seen by then counts as never seen (bare numbers are seconds)"),
  duration("--event-timeout", "eventTimeoutMs", "an event not heard by then is lost"),
  duration("--max-duration", "maxDurationMs", "begin no new sample after this long"),
  count("--environments", "environments", "directories with a container each"),
  list("--operations", "operations", `changes to make: ${OPERATIONS.join(", ")}`),
  list("--directions", "directions", `who writes and who looks: ${DIRECTIONS.join(", ")}`),
  list("--states", "states", `what the reader did before: ${READER_STATES.join(", ")}`),
  list("--observers", "observers", `how the reader looks: ${OBSERVERS.join(", ")}`),
  {
    flags: "--scenarios <list>",
    description: `longer procedures, or "none": ${SCENARIOS.join(", ")}`,
    apply: (text) => ({ scenarios: text === "none" ? [] : text.split(",").map((part) => part.trim()) }),
  },
  words("--path", "path", "directory on this machine to try instead of a temporary one"),
  words("--share", "share", "another mount of --path that the containers get instead"),
  words("--image", "image", "base image of the containers"),
  words("--expect", "expect", `what the mount promises: auto, ${MOUNT_CLASSES.join(", ")}`),
  duration("--ttl", "ttlMs", "how long a cached answer may be old"),
  {
    flags: "--limit <limit...>",
    description: "a limit of your own, such as create.p99=10ms or all.mean=5ms",
    apply: (text, options) => ({ limits: { ...(options["limits"] as object | undefined), ...parseLimitFlag(text) } }),
  },
];

function parseLimitFlag(text: string): Record<string, number> {
  const [key = "", value = "", ...rest] = text.split("=");
  const ns = parseDurationNs(value);
  if (ns === undefined || rest.length > 0)
    throw visibilityError("VISIBILITY_LIMIT", `"${text}" is not of the form operation.statistic=duration`);
  return { [key]: ns / 1e6 };
}
