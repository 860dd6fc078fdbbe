import fs from "node:fs";
import path from "node:path";
import { createSystemClock } from "../../core/clock.ts";
import { EXIT, type ExitCode } from "../../core/errors.ts";
import { formatQuantity, parseDurationNs } from "../../core/quantity.ts";
import { type ContainerView, viewContainer } from "../../runtimes/docker/existing.ts";
import { type BarrierResult, passBarrier } from "../barrier.ts";
import type { CommandContext } from "../command-context.ts";
import { cliError } from "../errors.ts";
import type { BarrierFlags } from "../flags.ts";
import { listenForInterrupts } from "../interrupts.ts";
import { print, printJson, type Surroundings, tell } from "../surroundings.ts";

/** Runtimes in which users have containers of their own. */
const VIEWS: Readonly<Record<string, typeof viewContainer>> = { docker: viewContainer };

/** `seatrial barrier`. */
export function barrier(place: string, flags: BarrierFlags): (context: CommandContext) => Promise<ExitCode> {
  return async ({ surroundings, composition }) => {
    const limits = limitsOf(flags);
    const near = directoryAt(place);
    const open = viewOf(
      flags.runtime,
      composition.runtimes.map(({ id }) => id),
    );
    const interrupts = listenForInterrupts(surroundings);
    const { signal } = interrupts;
    let far: ContainerView | undefined;
    try {
      far = await open({ container: flags.container, hostPath: near, env: surroundings.env }, signal);
      const result = await passBarrier({ near, far, ...limits, clock: createSystemClock(), signal });
      show(result, place, flags, surroundings);
      return result.pending.length > 0 ? EXIT.fail : EXIT.pass;
    } finally {
      await far?.[Symbol.asyncDispose]();
      interrupts.close();
    }
  };
}

function viewOf(runtime: string, runtimes: readonly string[]): typeof viewContainer {
  const view = Object.hasOwn(VIEWS, runtime) ? VIEWS[runtime] : undefined;
  if (view) return view;
  if (!runtimes.includes(runtime))
    throw cliError("RUNTIME_UNKNOWN", `there is no runtime "${runtime}"; there are ${runtimes.join(", ")}`);
  throw cliError("RUNTIME_WITHOUT_BARRIER", `${runtime} runs no containers of yours`);
}

function limitsOf({ timeout, depth, maxDirectories }: BarrierFlags) {
  const timeoutNs = parseDurationNs(timeout);
  if (timeoutNs === undefined)
    throw cliError("SETTING_INVALID", `--timeout ${timeout}: want a duration with a unit, such as 30s or 500ms`);
  return {
    timeoutMs: timeoutNs / 1e6,
    depth: wholeNumber("--depth", depth),
    maxDirectories: wholeNumber("--max-directories", maxDirectories),
  };
}

function wholeNumber(flag: string, text: string | undefined): number {
  if (text === undefined) return Number.MAX_SAFE_INTEGER;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw cliError("SETTING_INVALID", `${flag} ${text}: want a whole number`);
}

function directoryAt(place: string): string {
  const near = path.resolve(place);
  if (fs.statSync(near, { throwIfNoEntry: false })?.isDirectory()) return near;
  throw cliError("BARRIER_PATH", `${place} is no directory of this machine`);
}

function show(
  result: BarrierResult,
  place: string,
  { json, container }: BarrierFlags,
  surroundings: Surroundings,
): void {
  const { visible, pending, cut, elapsedMs } = result;
  if (json) return printJson(surroundings, result);
  const took = formatQuantity(elapsedMs, "ms");
  if (cut) tell(surroundings, "There are more directories than --max-directories; the rest was not waited for.");
  if (pending.length === 0) {
    print(surroundings, `${place} is up to date in ${container}: ${visible} directories after ${took}`);
    return;
  }
  print(
    surroundings,
    `Not yet visible in ${container} after ${took}: ${pending.length} of ${visible + pending.length} directories`,
  );
  for (const directory of pending) print(surroundings, `  ${path.join(place, directory)}`);
}
