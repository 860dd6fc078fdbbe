import fs from "node:fs";
import path from "node:path";
import type { ZodType } from "zod";
import { messageOf, SeatrialError, systemCode } from "../core/errors.ts";
import type { HistoryEvent } from "../core/history.ts";
import { storeError } from "./errors.ts";
import { type EventReading, readEvents } from "./event-reading.ts";
import { historyEventSchema, type LabEvent, labEventSchema } from "./events.ts";
import { historyFile, RUN_FILES, RUN_ID } from "./layout.ts";
import { type Manifest, parseManifest } from "./manifest.ts";
import { HISTORY_FORMAT, migration } from "./migrations.ts";

/** A run on disk, finished or not. Reading its events never throws; what is wrong is in their `problems`. */
export interface StoredRun {
  readonly folder: string;
  readonly manifest: Manifest;
  /** What the lab did and how the run ended, from the start; each call reads anew. */
  readLab(): EventReading<LabEvent>;
  /** One trial's history, its operations held to their schema; each call reads anew. */
  readHistory<Op>(trial: string, operation: ZodType<Op>): EventReading<HistoryEvent<Op>>;
}

/** A folder among the runs: a run, or why it is none. */
export type RunListing = { runId: string; folder: string } & ({ manifest: Manifest } | { problem: string });

/**
 * Opens a run by the path of its folder, by its id below `runsFolder`, or the `latest` there.
 * @throws RUN_NOT_FOUND, RUN_UNREADABLE, RUN_VERSION_UNSUPPORTED
 */
export function openRun(reference: string, runsFolder = "runs"): StoredRun {
  const folder = findRun(reference, runsFolder);
  const manifest = readManifest(folder);
  const migrate = migration(HISTORY_FORMAT, manifest.historyVersion);
  const open = <Event extends { index: number }>(name: string, schema: ZodType<Event>) =>
    readEvents({ file: path.join(folder, name), name, schema, migrate });
  return {
    folder,
    manifest,
    readLab: () => open(RUN_FILES.lab, labEventSchema),
    readHistory: (trial, operation) => open(historyFile(trial), historyEventSchema(operation)),
  };
}

/** All runs below a folder, oldest first; a folder that is not there has none. @throws RUN_UNREADABLE */
export function listRuns(runsFolder: string): RunListing[] {
  return readFolder(runsFolder)
    .filter((name) => RUN_ID.test(name))
    .sort()
    .map((runId) => {
      const folder = path.join(runsFolder, runId);
      try {
        return { runId, folder, manifest: readManifest(folder) };
      } catch (error) {
        return { runId, folder, problem: messageOf(error) };
      }
    })
    .sort((a, b) => startOf(a).localeCompare(startOf(b)));
}

/** Ids tell seconds only; the manifest tells the order within one. */
function startOf(listing: RunListing): string {
  return "manifest" in listing
    ? listing.manifest.startedAt
    : listing.runId.replace(/T(\d\d)-(\d\d)-(\d\d)Z.*/, "T$1:$2:$3.000Z");
}

function findRun(reference: string, runsFolder: string): string {
  if (reference === "latest") return findLatest(runsFolder);
  const candidates = RUN_ID.test(reference) ? [path.join(runsFolder, reference), reference] : [reference];
  const found = candidates.find((folder) => fs.existsSync(folder));
  if (found === undefined)
    throw storeError("RUN_NOT_FOUND", `neither a folder ${reference} nor a run of that id in ${runsFolder} exists`);
  return found;
}

function findLatest(runsFolder: string): string {
  const latest = listRuns(runsFolder).findLast((listing) => "manifest" in listing);
  if (!latest) throw storeError("RUN_NOT_FOUND", `there is no run in ${runsFolder}`);
  return latest.folder;
}

function readManifest(folder: string): Manifest {
  const file = path.join(folder, RUN_FILES.manifest);
  try {
    return parseManifest(fs.readFileSync(file, "utf8"), file);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? ""))
      throw storeError("RUN_UNREADABLE", `${folder} is no run folder: it has no ${RUN_FILES.manifest}`);
    throw asUnreadable(file, error);
  }
}

function readFolder(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw asUnreadable(folder, error);
  }
}

function asUnreadable(file: string, error: unknown): unknown {
  if (error instanceof SeatrialError) return error;
  return storeError("RUN_UNREADABLE", `cannot read ${file}: ${messageOf(error)}`, { cause: error });
}
