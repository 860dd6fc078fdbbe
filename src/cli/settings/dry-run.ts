import { formatQuantity } from "../../core/quantity.ts";
import type { EnvironmentSpec } from "../../core/runtime.ts";
import type { PreparedTrial } from "../../engine/prepare.ts";

/** What a run would do, without doing it. */
export interface IntendedRun {
  /** A runtime's id, or none. */
  runtime: string;
  seed: string;
  command: string;
  trials: readonly PreparedTrial[];
}

/** The plan as a JSON document. */
export function intentionDocument({ trials, ...run }: IntendedRun): object {
  return {
    ...run,
    trials: trials.map(({ trial, options, plan, command, lacks }) => ({
      id: trial.id,
      ...(lacks === "" ? {} : { skipped: lacks }),
      options,
      plan,
      command,
    })),
  };
}

/** The plan in a few lines for people. */
export function intentionText({ runtime, seed, command, trials }: IntendedRun): string {
  return [
    `Nothing was run. This would run ${runtime === "none" ? "without a runtime" : `on ${runtime}`}, with seed ${seed}:`,
    ...trials.flatMap(trialLines),
    "",
    `Run it: ${command}`,
  ].join("\n");
}

function trialLines({ trial, plan, lacks }: PreparedTrial): string[] {
  const { durationMs, operations } = plan.estimate;
  return [
    "",
    `${trial.title} (${trial.id})${lacks === "" ? "" : `: skipped, ${lacks}`}`,
    `  about ${formatQuantity(durationMs, "ms")}, at most ${operations.toLocaleString("en-US")} operations`,
    ...stepLines(plan.steps),
    ...plan.environments.map(environmentLine),
    ...plan.faults.map(
      ({ kind, environment, startMs, durationMs: lastsMs }) =>
        `  fault ${kind} in ${environment} after ${formatQuantity(startMs, "ms")} for ${formatQuantity(lastsMs, "ms")}`,
    ),
  ];
}

/** A trial's own steps are its own affair: lists are counted, single values shown. */
function stepLines(steps: unknown): string[] {
  return Object.entries(typeof steps === "object" && steps !== null ? steps : {}).map(([name, value]) =>
    Array.isArray(value) ? `  ${name}: ${value.length}` : `  ${name}: ${JSON.stringify(value)}`,
  );
}

function environmentLine({ name, containers }: EnvironmentSpec): string {
  const parts = containers.map((container) => {
    const binds = container.binds.map(({ source, target }) => `${source} at ${target}`);
    return `${container.name}${binds.length > 0 ? ` with ${binds.join(", ")}` : ""}`;
  });
  return `  environment ${name}: ${parts.join("; ")}`;
}
