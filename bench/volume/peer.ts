import type { VolumeOptions } from "../../src/trials/volume/model.ts";
import { fillPlaceholders } from "../../src/trials/volume/subjects/host/command-line.ts";

/** Another driver, measured beside ours. */
export interface Peer {
  /** Serves it, as `--serve` takes it. */
  command: string;
  /** Without which it makes no volume. */
  optionsOf(volume: string): VolumeOptions;
}

/** The one that SEATRIAL_BENCH_PEER and SEATRIAL_BENCH_PEER_OPTIONS (`key=value,key=value`) name. */
export function peerFrom(environment: NodeJS.ProcessEnv): Peer | undefined {
  const command = environment["SEATRIAL_BENCH_PEER"];
  if (!command) return undefined;
  const entries = (environment["SEATRIAL_BENCH_PEER_OPTIONS"] || "").split(",").filter((entry) => entry !== "");
  const pair = (entry: string) => [entry.replace(/=.*/, ""), entry.replace(/^[^=]*=?/, "")];
  const optionsOf = (name: string): VolumeOptions =>
    Object.fromEntries(fillPlaceholders(entries, { name }).map(pair)) as VolumeOptions;
  return { command, optionsOf };
}
