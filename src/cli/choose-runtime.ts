import type { PreflightCheck, Runtime } from "../core/runtime.ts";
import { prepareTrials } from "../engine/prepare.ts";
import { type Composition, createRuntimes } from "./composition.ts";
import { cliError } from "./errors.ts";
import type { RunSettings } from "./settings/resolve.ts";

/** For runs without containers, which therefore run on machines that can have none. */
export const NO_RUNTIME: Runtime = {
  id: "none",
  controls: new Set(),
  preflight: async () => [],
  facts: async () => ({}),
  open: async ({ name }) => {
    throw new Error(`environment ${name} was in no plan`);
  },
  sweep: async () => [],
};

/**
 * The runtime that was named, or for `auto` the first whose preflight finds no failure; `NO_RUNTIME` where no trial of
 * the run has containers.
 * @throws NO_RUNTIME_FIT with what was tried, or what `prepareTrials` throws
 */
export async function chooseRuntime(
  settings: RunSettings,
  composition: Composition,
  signal: AbortSignal,
): Promise<Runtime> {
  return wantsContainers(settings, composition) ? fitRuntime(settings.runtime.value, composition, signal) : NO_RUNTIME;
}

function wantsContainers({ trials, seed }: RunSettings, { faults }: Composition): boolean {
  const requests = trials.map(({ trial, options }) => ({ trial, options, command: "" }));
  const prepared = prepareTrials(requests, { seed: seed.value, controls: NO_RUNTIME.controls, faults });
  return prepared.some(({ trial, plan }) => trial.needs.length > 0 || plan.environments.length > 0);
}

async function fitRuntime(name: string, composition: Composition, signal: AbortSignal): Promise<Runtime> {
  const runtimes = createRuntimes(composition);
  const named = runtimes.find(({ id }) => id === name);
  if (named) return named;
  const tried: string[] = [];
  for (const runtime of runtimes) {
    const failed = (await runtime.preflight(signal)).filter(({ state }) => state === "fail");
    signal.throwIfAborted();
    if (failed.length === 0) return runtime;
    tried.push(...failed.map((check) => failureText(runtime.id, check)));
  }
  throw cliError("NO_RUNTIME_FIT", tried.join("\n"));
}

function failureText(id: string, { detail, remedy }: PreflightCheck): string {
  return `${id}: ${detail}${remedy ? `\n  ${remedy}` : ""}`;
}
