import { DAMAGE_KINDS } from "../model.ts";
import { type Counter, createExposition, type Gauge, type Histogram } from "../../../core/exposition.ts";

/** What the loop tells a monitoring system. */
export interface LoopMetrics {
  /** By label `kind`: write, verify, idle. */
  iterations: Counter;
  /** By label `outcome`: ok, failed, abandoned. */
  writes: Counter;
  /** By label `outcome`: ok, damaged, abandoned. */
  verifies: Counter;
  writtenBytes: Counter;
  verifiedBytes: Counter;
  /** By label `kind`, of what the last verification found. */
  damagedBlocks: Gauge;
  damaged: Gauge;
  lastVerifyOk: Gauge;
  lastProgress: Gauge;
  writeSeconds: Histogram;
  syncSeconds: Histogram;
  verifySeconds: Histogram;
  epoch: Gauge;
  /** By label `state`: issued, durable. */
  generation: Gauge;
  reloadFailures: Counter;
  render(): string;
}

const PASS_BOUNDS_SECONDS = [0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600];
const SYNC_BOUNDS_SECONDS = [0.0001, 0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30];

/** All of them at nought, so that an alert on a rate sees the first occurrence too. */
export function createLoopMetrics(): LoopMetrics {
  const exposition = createExposition();
  const { counter, gauge, histogram } = prefixed(exposition);
  const metrics: LoopMetrics = {
    iterations: counter("iterations_total", "Iterations begun."),
    writes: counter("writes_total", "Write passes over the whole file that ended."),
    verifies: counter("verifies_total", "Verifications of the whole file that ended."),
    writtenBytes: counter("written_bytes_total", "Bytes handed to the system."),
    verifiedBytes: counter("verified_bytes_total", "Bytes read back."),
    damagedBlocks: gauge("damaged_blocks", "Blocks of 4096 bytes that the last verification found damaged."),
    damaged: gauge("damaged", "1 once damage was found, until the process ends."),
    lastVerifyOk: gauge("last_verify_ok_timestamp_seconds", "When the last verification without damage ended."),
    lastProgress: gauge("last_progress_timestamp_seconds", "When a block was last written or read."),
    writeSeconds: histogram("write_duration_seconds", "Time of a write pass, its syncs included.", PASS_BOUNDS_SECONDS),
    syncSeconds: histogram("sync_duration_seconds", "Time of one sync of the data file.", SYNC_BOUNDS_SECONDS),
    verifySeconds: histogram("verify_duration_seconds", "Time of a verification.", PASS_BOUNDS_SECONDS),
    epoch: gauge("journal_epoch", "How often the journal was opened: the fencing epoch in every block."),
    generation: gauge("generation", "Write passes so far: begun, and durable."),
    reloadFailures: counter("config_reload_failures_total", "Times the configuration could not be read again."),
    render: exposition.render,
  };
  startAtNought(metrics);
  return metrics;
}

function prefixed({ counter, gauge, histogram }: ReturnType<typeof createExposition>) {
  const named = (name: string) => `seatrial_integrity_${name}`;
  return {
    counter: (name: string, help: string) => counter(named(name), help),
    gauge: (name: string, help: string) => gauge(named(name), help),
    histogram: (name: string, help: string, bounds: readonly number[]) => histogram(named(name), help, bounds),
  };
}

function startAtNought(metrics: LoopMetrics): void {
  for (const kind of ["write", "verify", "idle"]) metrics.iterations.add(0, { kind });
  for (const outcome of ["ok", "failed", "abandoned"]) metrics.writes.add(0, { outcome });
  for (const outcome of ["ok", "damaged", "abandoned"]) metrics.verifies.add(0, { outcome });
  for (const kind of DAMAGE_KINDS) metrics.damagedBlocks.set(0, { kind });
  for (const counter of [metrics.writtenBytes, metrics.verifiedBytes, metrics.reloadFailures]) counter.add(0);
  metrics.damaged.set(0);
}
