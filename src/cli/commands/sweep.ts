import { createSystemClock } from "../../core/clock.ts";
import { EXIT, type ExitCode } from "../../core/errors.ts";
import type { Runtime } from "../../core/runtime.ts";
import { type Sweepable, sweepableLedgers, sweepableRuns, sweepableRuntime, sweepAll } from "../../engine/sweep.ts";
import { isAlive } from "../../store/owner.ts";
import type { CommandContext } from "../command-context.ts";
import { createRuntimes } from "../composition.ts";
import { cliError } from "../errors.ts";
import type { SweepFlags } from "../flags.ts";
import { listenForInterrupts } from "../interrupts.ts";
import { outSetting } from "../settings/resolve.ts";
import { print, printJson, tell } from "../surroundings.ts";

/** `seatrial sweep`. */
export function sweep(flags: SweepFlags): (context: CommandContext) => Promise<ExitCode> {
  return async ({ surroundings, composition }) => {
    const interrupts = listenForInterrupts(surroundings);
    const { signal } = interrupts;
    const { reached, unreachable } = await reach(runtimesOf(flags, createRuntimes(composition)), flags, signal);
    for (const { id, detail } of unreachable) tell(surroundings, `${id} was not looked at: ${detail}`);
    // Containers first: their mounts and processes stand on what the ledgers name.
    const places = [
      ...reached.map(sweepableRuntime),
      ...(flags.images ? reached.flatMap(cachedImages) : []),
      sweepableLedgers(composition.settings.stateDir),
      sweepableRuns(outSetting(flags, surroundings.env).value, createSystemClock()),
    ];
    const result = await sweepAll(places, isAlive, signal);
    interrupts.close();
    if (flags.json) printJson(surroundings, { ...result, notLookedAt: unreachable });
    else print(surroundings, result.removed.length > 0 ? result.removed.join("\n") : "Nothing was left over.");
    for (const { what, error } of result.problems) tell(surroundings, `${what}: ${error}`);
    return result.problems.length > 0 ? EXIT.lab : EXIT.pass;
  };
}

function runtimesOf({ runtime: name }: SweepFlags, runtimes: Runtime[]): Runtime[] {
  if (name === undefined) return runtimes;
  const named = runtimes.filter(({ id }) => id === name);
  if (named.length > 0) return named;
  throw cliError("RUNTIME_UNKNOWN", `"${name}"; there are ${runtimes.map(({ id }) => id).join(", ")}`);
}

/** A runtime that nobody named may be absent; one that was named has to answer. */
async function reach(runtimes: readonly Runtime[], { runtime: named }: SweepFlags, signal: AbortSignal) {
  const reached: Runtime[] = [];
  const unreachable: { id: string; detail: string }[] = [];
  for (const runtime of runtimes) {
    const failed = named ? undefined : (await runtime.preflight(signal)).find(({ state }) => state === "fail");
    if (failed) unreachable.push({ id: runtime.id, detail: failed.detail });
    else reached.push(runtime);
  }
  return { reached, unreachable };
}

/** The images that a runtime keeps between runs, where it keeps any. */
function cachedImages(runtime: Runtime): Sweepable[] {
  if (!keepsImages(runtime)) return [];
  return [{ what: `${runtime.id} images`, sweep: (_, signal) => runtime.removeCache(signal) }];
}

function keepsImages(runtime: Runtime): runtime is Runtime & { removeCache(signal: AbortSignal): Promise<string[]> } {
  return "removeCache" in runtime && typeof runtime.removeCache === "function";
}
