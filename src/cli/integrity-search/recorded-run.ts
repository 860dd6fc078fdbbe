import fs from "node:fs";
import path from "node:path";
import type { FileSystem } from "../../core/disk.ts";
import { artifactsFolder } from "../../store/layout.ts";
import { openRun, type StoredRun } from "../../store/reader.ts";
import { integrityOperation } from "../../trials/integrity/operation-schema.ts";
import { integrityOptions } from "../../trials/integrity/options.ts";
import { DISK_LOG, type IntegritySteps } from "../../trials/integrity/plan.ts";
import { PromiseTimes } from "../../trials/integrity/search/promise-times.ts";
import { searchError } from "./errors.ts";

const TRIAL = "integrity";

/** A run whose disk kept a log, and what it promised when. */
export interface RecordedRun {
  run: StoredRun;
  steps: IntegritySteps;
  disk: { fileSystem: FileSystem; mountOptions: string[] };
  logFile: string;
  promises: PromiseTimes;
  /** Where the result goes. */
  resultFile: string;
}

/** @throws SEARCH_NO_LOG, SEARCH_NO_PROMISES, and what `openRun` throws */
export function openRecordedRun(reference: string, runsFolder: string): RecordedRun {
  const run = openRun(reference, runsFolder);
  const trial = run.manifest.trials.find(({ id }) => id === TRIAL);
  const disk = integrityOptions.safeParse(trial?.options).data?.disk;
  const artifacts = path.join(run.folder, artifactsFolder(TRIAL));
  const logFile = path.join(artifacts, DISK_LOG);
  if (!trial || !disk) throw searchError("SEARCH_NO_LOG", `${run.folder} tried no disk of the lab`);
  if (!fs.existsSync(logFile)) throw searchError("SEARCH_NO_LOG", `${logFile} does not exist`);
  const steps = trial.plan.steps as IntegritySteps;
  const promises = new PromiseTimes(steps.workload, run.readHistory(TRIAL, integrityOperation));
  if (promises.acknowledgedNs.length === 0)
    throw searchError("SEARCH_NO_PROMISES", `no sync is recorded in ${run.folder}`);
  return { run, steps, disk, logFile, promises, resultFile: path.join(artifacts, "search.json") };
}
