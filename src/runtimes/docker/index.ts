import { SeatrialError } from "../../core/errors.ts";
import type { ControlName, PreflightCheck, Runtime, RuntimeFactory, RuntimeSettings } from "../../core/runtime.ts";
import { sweepDisks } from "../../disk/sweep.ts";
import { connectEngine } from "./connect.ts";
import { openEnvironment } from "./environment.ts";
import { engineFacts, engineInfo } from "./facts.ts";
import { type AgentImage, ensureImage, removeCachedImages } from "./image.ts";
import { engineChecks } from "./preflight.ts";
import { sweepEngine } from "./sweep.ts";
import { canMakeDisks } from "../disks.ts";
import { createTurns } from "../turns.ts";

/** Containers of a Docker Engine, or of what speaks its API. */
export interface DockerRuntime extends Runtime {
  /**
   * Removes the cached agent images that no container uses; the next `open` makes its own again in seconds. Says what
   * it removed, one line each.
   */
  removeCache(signal: AbortSignal): Promise<string[]>;
}

/** Makes the runtime. Nothing is asked of an engine before the first call; `host` goes before every variable. */
export function createDockerRuntime(settings: RuntimeSettings, host?: string): DockerRuntime {
  const { agent, env } = settings;
  const connect = rememberSuccess((signal: AbortSignal) => connectEngine(env, signal, host));
  // In turn, so that of two environments opened at once the second finds the image that the first made.
  const turns = createTurns();
  const hasDisks = canMakeDisks(settings);
  return {
    id: "docker",
    controls: new Set<ControlName>(hasDisks ? ["process", "disk"] : ["process"]),
    preflight: async (signal) => {
      try {
        return await engineChecks(await connect(signal), signal);
      } catch (error) {
        return [failedCheck(error)];
      }
    },
    facts: async (signal) => {
      const engine = await connect(signal);
      return engineFacts(engine, await engineInfo(engine, signal));
    },
    open: async (spec, context) => {
      const engine = await connect(context.signal);
      const images: AgentImage[] = [];
      for (const { image: base, programs = [] } of spec.containers) {
        const request = { agent, base, programs, userPath: env["PATH"] };
        images.push(await turns(() => ensureImage(engine, request, context)));
      }
      context.signal.throwIfAborted();
      return openEnvironment(spec, { engine, images, settings, hasDisks }, context);
    },
    // Containers first: a disk that is mounted cannot go.
    sweep: async (isAlive, signal) => [
      ...(await sweepEngine(await connect(signal), isAlive, signal)),
      ...(await sweepDisks(isAlive, signal)),
    ],
    removeCache: async (signal) => removeCachedImages(await connect(signal), signal),
  };
}

/** The docker runtime for the list of runtimes. */
export const docker: RuntimeFactory = {
  id: "docker",
  preference: 10,
  create: (settings) => createDockerRuntime(settings),
};

function failedCheck(error: unknown): PreflightCheck {
  if (!(error instanceof SeatrialError)) throw error;
  return { id: "engine", state: "fail", detail: error.message, remedy: error.remedy };
}

/** Asks once; after a failure the next call asks again. */
function rememberSuccess<Result>(
  ask: (signal: AbortSignal) => Promise<Result>,
): (signal: AbortSignal) => Promise<Result> {
  let known: Result | undefined;
  return async (signal) => (known ??= await ask(signal));
}
