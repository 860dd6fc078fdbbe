import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { HistoryEvent } from "../core/history.ts";
import type { LabEventBody } from "./events.ts";
import { createRunId, artifactsFolder, historyFile, RUN_FILES, UNFINISHED_PREFIX } from "./layout.ts";
import { createLineFile } from "./line-file.ts";
import { completeManifest, type Manifest, type ManifestDraft } from "./manifest.ts";
import { makeFolder, storing, writeWhole } from "./storage.ts";

/** An event without its place, which the writer gives. Distributes over the union. */
type Unplaced<Event> = Event extends unknown ? Omit<Event, "index" | "timeNs"> : never;
export type HistoryEventBody<Op = unknown> = Unplaced<HistoryEvent<Op>>;

/** Appends events to one file; each is in the kernel's hands when the call returns. */
export interface EventWriter<Body> {
  /** Returns the event's index. @throws DISK_FULL or RUN_FOLDER_NOT_WRITABLE */
  write(timeNs: number, body: Body): number;
  /** How many events were written. */
  readonly count: number;
  close(): void;
}
export type HistoryWriter = EventWriter<HistoryEventBody>;

/** A run that is being written. */
export interface RunWriter {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly lab: EventWriter<LabEventBody>;
  /** Makes the trial's folder and its empty history. @throws DISK_FULL or RUN_FOLDER_NOT_WRITABLE */
  beginTrial(trial: string): HistoryWriter;
  /** The directory of a trial that has begun, for what is too large for its history; made when it is missing. */
  artifacts(trial: string): string;
  /** Gives back the reserved room and closes; the run's last event should have been written. */
  close(): void;
}

/** Enough for the last words of a run, and for most reports, on a disk that filled up meanwhile. */
const RESERVE_BYTES = 128 * 1024;

/**
 * Makes a new run folder below `runsFolder`. It appears under its name only when its manifest is whole.
 * @throws DISK_FULL or RUN_FOLDER_NOT_WRITABLE
 */
export function createRun(runsFolder: string, draft: ManifestDraft): RunWriter {
  storing(runsFolder, () => makeFolder(runsFolder));
  const manifest = makeRunFolder(runsFolder, draft);
  const folder = path.join(runsFolder, manifest.runId);
  const reserve = path.join(folder, RUN_FILES.reserve);
  const lab = createEventWriter<LabEventBody>(path.join(folder, RUN_FILES.lab), () => giveUpReserve(reserve));
  const writers: { close(): void }[] = [lab];

  const beginTrial = (trial: string) => {
    const file = path.join(folder, historyFile(trial));
    storing(file, () => fs.mkdirSync(path.dirname(file)));
    const history = createEventWriter<HistoryEventBody>(file);
    writers.push(history);
    return history;
  };
  const artifacts = (trial: string) => {
    const directory = path.join(folder, artifactsFolder(trial));
    storing(directory, () => fs.mkdirSync(directory, { recursive: true }));
    return directory;
  };
  const close = () => {
    giveUpReserve(reserve);
    for (const writer of writers) writer.close();
  };
  return { folder, manifest, lab, beginTrial, artifacts, close };
}

function makeRunFolder(runsFolder: string, draft: ManifestDraft): Manifest {
  const manifest = completeManifest(draft, freeRunId(runsFolder, new Date(draft.startedAt)));
  const unfinished = path.join(runsFolder, `${UNFINISHED_PREFIX}${manifest.runId}`);
  storing(unfinished, () => fs.mkdirSync(unfinished));
  try {
    writeWhole(path.join(unfinished, RUN_FILES.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
    storing(unfinished, () => fs.writeFileSync(path.join(unfinished, RUN_FILES.reserve), randomBytes(RESERVE_BYTES)));
    // Another lab that drew the same id in the same second makes this fail: a run is never written over.
    storing(unfinished, () => fs.renameSync(unfinished, path.join(runsFolder, manifest.runId)));
    return manifest;
  } catch (error) {
    fs.rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** Removes folders of labs that were killed before the manifest was whole; says which. */
export function removeUnfinished(runsFolder: string, before: Date): string[] {
  if (!fs.existsSync(runsFolder)) return [];
  const folders = fs.readdirSync(runsFolder).filter((name) => name.startsWith(UNFINISHED_PREFIX));
  const old = folders.map((name) => path.join(runsFolder, name)).filter((folder) => fs.statSync(folder).mtime < before);
  for (const folder of old) fs.rmSync(folder, { recursive: true });
  return old.map((folder) => `removed ${folder}`);
}

function freeRunId(runsFolder: string, startedAt: Date): string {
  for (;;) {
    const runId = createRunId(startedAt);
    if (!fs.existsSync(path.join(runsFolder, runId))) return runId;
  }
}

function giveUpReserve(reserve: string): boolean {
  const had = fs.existsSync(reserve);
  fs.rmSync(reserve, { force: true });
  return had;
}

function createEventWriter<Body extends object>(file: string, makeRoom?: () => boolean): EventWriter<Body> {
  const lines = createLineFile(file, makeRoom);
  let count = 0;
  return {
    write: (timeNs, body) => {
      lines.append(JSON.stringify({ index: count, timeNs, ...body }));
      return count++;
    },
    get count() {
      return count;
    },
    close: lines.close,
  };
}
