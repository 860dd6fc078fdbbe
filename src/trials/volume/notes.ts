import type { Need } from "./cases/case.ts";

/** Facts in the history beside the cases. */
export const NOTES = {
  /** See `DriverNote`. */
  driver: "volume.driver",
  /** A text: why no driver could be judged on this machine. */
  unfit: "volume.unfit",
} as const;

/** What was found out of the driver before the first case. */
export interface DriverNote {
  /** The command that serves it, or its socket. */
  where: string;
  /** What it answers to Plugin.Activate and VolumeDriver.Capabilities, in a few words; "" where only its engine asks it. */
  activate: string;
  capabilities: string;
  /** Where one takes part. */
  engine?: { driver: string; version: string; apiVersion: string };
  /** Of what cases may need, what the suite cannot do to it. */
  lacks: Need[];
  /** Faults of the back end that can be made. */
  faults: string[];
}
