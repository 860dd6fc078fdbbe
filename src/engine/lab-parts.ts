import type { AgentChannel } from "../core/agent.ts";
import type { SystemClock } from "../core/clock.ts";
import type { Fault } from "../core/fault.ts";
import type { Report } from "../core/report.ts";
import type { Runtime } from "../core/runtime.ts";
import type { Reporter } from "./reporter.ts";

/** What a lab is made of; the composition root chooses each. */
export interface LabParts {
  runtime: Runtime;
  /** Faults that plans may name. */
  faults: readonly Fault[];
  clock: SystemClock;
  reporter: Reporter;
  /** Where run folders are made. */
  runsFolder: string;
  seatrialVersion: string;
  /** `Owner.lab` of this process. */
  labId: string;
  /** Starts an agent on this machine, outside every container. */
  startHostAgent(): AgentChannel;
  /** A directory for what must outlive a killed lab, so that a sweep finds what it left. */
  stateDir: string;
  /** Aborted when a person wants the run to end. */
  signal: AbortSignal;
  /** Files to write beside `report.json`, by name; `report.json` is written last. */
  render?(report: Report): Readonly<Record<string, string>>;
  /** For healing and for clean-up, each, after a trial is over. */
  cleanupBudgetMs: number;
  /** How long a trial may take to stop once it was told to; then its environment is removed under it. */
  stopGraceMs: number;
}
