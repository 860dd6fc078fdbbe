import { randomBytes } from "node:crypto";

/** Names inside a run folder; the table in `docs/reference` shows the same. */
export const RUN_FILES = {
  manifest: "manifest.json",
  lab: "lab.ndjson",
  report: "report.json",
  /** Room for the last words on a full disk; gone when a run ends by itself. */
  reserve: ".reserve",
} as const;

/** A folder that is not yet a run; renamed when its manifest is whole. */
export const UNFINISHED_PREFIX = ".new-";

/** Run ids sort by time and are safe as a file name on every platform. */
export const RUN_ID = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-[0-9a-f]{4}$/;

/** Trial ids name folders, so a manifest from elsewhere must not lead out of its run. */
export const TRIAL_ID = /^[a-z][a-z0-9-]{0,63}$/;

/** A new id, `2026-11-20T06-40-11Z-7f3a`: UTC to the second and 16 random bits. */
export function createRunId(startedAt: Date): string {
  const time = startedAt.toISOString().slice(0, 19).replaceAll(":", "-");
  return `${time}Z-${randomBytes(2).toString("hex")}`;
}

/** Where a trial keeps what is too large for its history, below the run folder. */
export function artifactsFolder(trial: string): string {
  return `${trial}/artifacts`;
}

/** The history's path below the run folder, with slashes; also its name in problems. */
export function historyFile(trial: string): string {
  return `${trial}/history.ndjson`;
}
