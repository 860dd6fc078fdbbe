import type { PreflightCheck, Runtime } from "../core/runtime.ts";
import { type Composition, createRuntimes } from "./composition.ts";
import { cliError } from "./errors.ts";

/**
 * The runtime of that name, or for `auto` the first whose preflight finds no failure.
 * @throws NO_RUNTIME_FIT with what was tried
 */
export async function chooseRuntime(name: string, composition: Composition, signal: AbortSignal): Promise<Runtime> {
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
