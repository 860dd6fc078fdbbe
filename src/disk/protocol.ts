import type { DiskDamage, DiskHit, DiskRule, DiskSpec, DiskStatistics, PowerCut } from "../core/disk.ts";

/** What a disk's process is told when it starts. */
export interface DiskSettings {
  spec: DiskSpec;
  /** The owner, as names of files and variables carry it. */
  mark: string;
  /** Directory for the medium, a file without a name. */
  mediumDirectory: string;
  /** Zero of the log's times on CLOCK_MONOTONIC, nanoseconds; decimal, since it is beyond JSON's numbers. */
  originNs?: string;
  nodePath: string;
  /** koffi's binary. */
  nativePath?: string;
}

/** What can be asked of a disk, by what is answered. */
export interface DiskAnswers {
  setRules: null;
  cutPower: PowerCut;
  /** The device on which the file system is found from now on. */
  powerOn: { device: string };
  damage: DiskHit[];
  shutDown: null;
  setReadOnly: null;
  statistics: DiskStatistics;
}

/** One thing that the lab asks of a disk. */
export type DiskCommand =
  | { ask: "setRules"; rules: readonly DiskRule[] }
  | { ask: "cutPower" | "powerOn" | "statistics" }
  | { ask: "damage"; damage: DiskDamage }
  | { ask: "shutDown"; keepLog: boolean }
  | { ask: "setReadOnly"; readOnly: boolean };
