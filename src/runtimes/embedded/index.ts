import type { Runtime, RuntimeFactory, RuntimeSettings } from "../../core/runtime.ts";
import { machineFacts } from "./facts.ts";
import { type NamespaceOptions, ownMode } from "./namespaces.ts";
import { openEnvironment } from "./open.ts";
import { preflightChecks } from "./preflight.ts";
import { sweepProcesses } from "./sweep.ts";

/** Settings of the embedded runtime beside those of every runtime. */
export interface EmbeddedSettings extends RuntimeSettings {
  /** Runs containers in a time namespace whose monotonic clock is ahead by this: stands in for another machine's clock. */
  monotonicOffsetSeconds?: number;
}

/** Containers from this machine's own namespaces: no daemon, no image, real bind mounts. */
export function createEmbeddedRuntime(settings: EmbeddedSettings): Runtime {
  const userPath = settings.env["PATH"];
  const namespaces = (): NamespaceOptions => ({
    mode: ownMode(),
    monotonicOffsetSeconds: settings.monotonicOffsetSeconds,
  });
  return {
    id: "embedded",
    controls: new Set(["process"]),
    preflight: (signal) => preflightChecks(namespaces(), userPath, signal),
    facts: (signal) => machineFacts(namespaces(), userPath, signal),
    open: (spec, context) => openEnvironment(spec, context, namespaces(), settings),
    sweep: sweepProcesses,
  };
}

/** The embedded runtime for the list of runtimes. */
export const embedded: RuntimeFactory = { id: "embedded", preference: 20, create: createEmbeddedRuntime };
