import type { FioResult } from "../model.ts";
import { readComplaints } from "./complaints.ts";
import type { FioJob } from "./job.ts";

/** A process that has ended, all of it as text. */
export interface FioEnded {
  /** 128 and the signal's number when a signal ended it. */
  exitStatus: number;
  stdout: string;
  stderr: string;
  /** Size of the file afterwards; absent when there is none. */
  fileBytes?: number;
}

/** What fio said of a job, by all three ways in which it says it. A report that is missing or cut leaves zeros and a message. */
export function readFioOutcome(ended: FioEnded, job: Pick<FioJob, "kind" | "sizeBytes">): FioResult {
  const { extents, messages } = readComplaints(ended.stderr);
  const said = readReport(ended.stdout);
  const moved = recordAt(said, job.kind === "write" ? "write" : "read");
  const latencyNs = readLatency(recordAt(moved, "clat_ns"));
  return {
    exitStatus: ended.exitStatus,
    jsonError: numberAt(said, "error"),
    // There only with continue_on_error.
    totalErrors: numberAt(said, "total_err"),
    extents,
    messages: said ? messages : [...messages, NO_REPORT],
    bytes: numberAt(moved, "io_bytes"),
    expectedBytes: job.sizeBytes,
    ...(ended.fileBytes === undefined ? {} : { fileBytes: ended.fileBytes }),
    bandwidthBytesPerSecond: numberAt(moved, "bw_bytes"),
    iops: numberAt(moved, "iops"),
    ...(latencyNs ? { latencyNs } : {}),
    durationNs: numberAt(moved, "runtime") * 1e6,
  };
}

const NO_REPORT = "fio left no report that can be read";

/** fio puts lines of its own before the report, and after it when it is killed; both braces stand alone on their line. */
function readReport(stdout: string): Record<string, unknown> | undefined {
  const text = /^\{$[^]*^\}$/m.exec(stdout)?.[0];
  if (text === undefined) return undefined;
  try {
    const { jobs } = JSON.parse(text) as { jobs?: unknown };
    return Array.isArray(jobs) && jobs.length === 1 ? asRecord(jobs[0]) : undefined;
  } catch {
    return undefined;
  }
}

function readLatency(clat: Record<string, unknown> | undefined): FioResult["latencyNs"] {
  const percentiles = recordAt(clat, "percentile");
  if (numberAt(clat, "N") === 0 || percentiles === undefined) return undefined;
  const at = (percent: number) => numberAt(percentiles, percent.toFixed(6));
  return { p50: at(50), p99: at(99), p999: at(99.9), max: numberAt(clat, "max") };
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}

function recordAt(record: Record<string, unknown> | undefined, key: string) {
  return asRecord(record?.[key]);
}

/** 0 for what fio does not say: a report of another shape then fails for want of bytes. */
function numberAt(record: Record<string, unknown> | undefined, key: string): number {
  const value = record?.[key];
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
