import type { LogMoment } from "../../disk/crash-images.ts";
import { volatileAt } from "../../trials/integrity/search/crash-state.ts";
import {
  firstEntries,
  type Found,
  promisedAt,
  type SearchResult,
  type Violation,
} from "../../trials/integrity/search/search.ts";
import type { RecordedRun } from "./recorded-run.ts";
import { foldPromised } from "../../trials/integrity/oracle/oracle.ts";
import { survivorsText } from "./survivors.ts";

/** One write that did not survive. */
export interface LostWrite {
  entry: number;
  /** Since the run began. */
  timeMs: number;
  offset: number;
  lengthBytes: number;
}

/** A crash, what it took, and what had been promised by then. */
export interface CrashDocument {
  /** Entries of the log that had happened. */
  entries: number;
  /** When the last of them had, since the run began. */
  timeMs: number;
  volatileWrites: number;
  /** As `--survivors` takes it. */
  survivors: string;
  /** The first 100. */
  lost: LostWrite[];
  lostWrites: number;
  /** Steps of all writers: handed out, and promised. */
  promised: { epoch: number; issuedSteps: number; promisedSteps: number };
  /** Null where every promise was kept. */
  violation: Violation | null;
}

/** What the log is made of. */
export interface LogDocument {
  entries: number;
  writes: number;
  /** Those that the disk honoured. */
  flushes: number;
  /** Entries that a crash must have behind it: nothing was promised before. */
  firstEntries: number;
}

/** The result of a search, as it is stored with the run. The same run and seed give the same. */
export interface SearchDocument {
  runId: string;
  disk: RecordedRun["disk"];
  log: LogDocument;
  seed: string;
  states: { chosen: number; tried: number; reachedEntries: number };
  violation: null | {
    first: CrashDocument;
    smallest: CrashDocument /** States tried to make it small. */;
    tried: number;
  };
}

const TOLD_WRITES = 100;

/** What there is to search. */
export function logDocument(moments: readonly LogMoment[], recorded: RecordedRun): LogDocument {
  return {
    entries: moments.length,
    writes: moments.filter(({ kind }) => kind === "write").length,
    flushes: moments.filter((moment) => moment.kind === "flush" && moment.outcome === "done").length,
    firstEntries: firstEntries(moments, recorded.promises),
  };
}

/** The result with its numbers told: what each lost write was, and what had been promised. */
export function searchDocument(
  recorded: RecordedRun,
  moments: readonly LogMoment[],
  { seed, result }: { seed: string; result: SearchResult },
): SearchDocument {
  const { chosen, tried, reachedEntries, first, smallest } = result;
  const document = (found: Found) => crashDocument(recorded, moments, found);
  return {
    runId: recorded.run.manifest.runId,
    disk: recorded.disk,
    log: logDocument(moments, recorded),
    seed,
    states: { chosen, tried, reachedEntries },
    violation:
      first && smallest ? { first: document(first), smallest: document(smallest), tried: smallest.tried } : null,
  };
}

/** One crash, told alike whether it was found or asked for. */
export function crashDocument(
  { promises }: RecordedRun,
  moments: readonly LogMoment[],
  { state, lost, violation }: Omit<Found, "violation"> & { violation?: Violation | undefined },
): CrashDocument {
  const { entries, survivors } = state;
  const volatile = volatileAt(moments, entries);
  const { epoch, issuedSteps, promisedSteps } = foldPromised(promisedAt({ moments, promises }, entries));
  return {
    entries,
    timeMs: timeMsOf(moments, entries - 1),
    volatileWrites: volatile.length,
    survivors: survivorsText(survivors, volatile),
    lost: lost.slice(0, TOLD_WRITES).map((entry) => lostWrite(moments, entry)),
    lostWrites: lost.length,
    promised: { epoch, issuedSteps, promisedSteps },
    violation: violation ?? null,
  };
}

function lostWrite(moments: readonly LogMoment[], entry: number): LostWrite {
  const moment = moments[entry];
  const { offset, lengthBytes } = moment?.kind === "write" ? moment : { offset: 0, lengthBytes: 0 };
  return { entry, timeMs: timeMsOf(moments, entry), offset, lengthBytes };
}

const timeMsOf = (moments: readonly LogMoment[], entry: number): number => (moments[entry]?.timeNs ?? 0) / 1e6;
