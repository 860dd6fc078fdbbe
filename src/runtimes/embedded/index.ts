import type { ControlName, Runtime, RuntimeFactory, RuntimeSettings } from "../../core/runtime.ts";
import { diskPreflight } from "../../disk/preflight.ts";
import { sweepDisks } from "../../disk/sweep.ts";
import { canMakeDisks } from "../disks.ts";
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
  // A user namespace may mount no block device.
  const hasDisks = canMakeDisks(settings) && namespaces().mode === "root";
  return {
    id: "embedded",
    controls: new Set<ControlName>(hasDisks ? ["process", "disk"] : ["process"]),
    preflight: async (signal) => [...(await preflightChecks(namespaces(), userPath, signal)), diskPreflight()],
    facts: (signal) => machineFacts(namespaces(), userPath, signal),
    open: (spec, context) => openEnvironment(spec, context, namespaces(), settings, hasDisks),
    // Containers first: a disk that is mounted cannot go.
    sweep: async (isAlive, signal) => [
      ...(await sweepProcesses(isAlive, signal)),
      ...(await sweepDisks(isAlive, signal)),
    ],
  };
}

/** The embedded runtime for the list of runtimes. */
export const embedded: RuntimeFactory = { id: "embedded", preference: 20, create: createEmbeddedRuntime };
