import { integrityError } from "../errors.ts";
import { FIO_MODE_IDS, type FioModeId } from "./modes.ts";
import { FIO_ENGINES, type FioEngine } from "./probe.ts";

/** One run of fio over one file. */
export interface FioJob {
  kind: "write" | "verify";
  /** Absolute path. */
  file: string;
  /** A multiple of `blockBytes`: fio would leave the rest untouched. */
  sizeBytes: number;
  /** One transfer, and the unit in which fio finds damage: a multiple of 512, at most 64 MiB. */
  blockBytes: number;
  /** Counts the write jobs, from 1; a verify job has that of the write job before it. */
  generation: number;
  engine: FioEngine;
  /** O_DIRECT. */
  direct: boolean;
  /** Transfers in flight, 1 to 1024. */
  depth: number;
  order: "sequential" | "random";
  mode: FioModeId;
}

/**
 * fio ends a value at `#` or `;`, takes blanks off its ends, and knows no way to escape them: the job would use
 * another file.
 */
// oxlint-disable-next-line no-control-regex
const FILE_FOR_FIO = /^\/[^\0-\x1f\x7f#;]*[^\0-\x1f\x7f#;\s/]$/;

type Check = (job: FioJob) => boolean;
const isOneOf = (value: unknown, values: readonly unknown[]) => values.includes(value);
const isWhole = (value: number, least: number, most: number) =>
  Number.isSafeInteger(value) && value >= least && value <= most;

const CHECKS: Readonly<Record<keyof FioJob, [check: Check, want: string]>> = {
  kind: [({ kind }) => isOneOf(kind, ["write", "verify"]), "write or verify"],
  file: [
    ({ file }) => typeof file === "string" && FILE_FOR_FIO.test(file),
    "an absolute path without #, ; and control characters, and without a blank or slash at its end",
  ],
  blockBytes: [({ blockBytes }) => isWhole(blockBytes / 512, 1, 2 ** 17), "a multiple of 512 up to 64 MiB"],
  sizeBytes: [
    ({ sizeBytes, blockBytes }) => isWhole(sizeBytes / blockBytes, 1, Number.MAX_SAFE_INTEGER),
    "a multiple of blockBytes",
  ],
  generation: [({ generation }) => isWhole(generation, 1, 2 ** 32 - 1), "1 to 4294967295"],
  engine: [({ engine }) => isOneOf(engine, FIO_ENGINES), FIO_ENGINES.join(" or ")],
  direct: [({ direct }) => typeof direct === "boolean", "true or false"],
  depth: [({ depth }) => isWhole(depth, 1, 1024), "1 to 1024"],
  order: [({ order }) => isOneOf(order, ["sequential", "random"]), "sequential or random"],
  mode: [({ mode }) => isOneOf(mode, FIO_MODE_IDS), FIO_MODE_IDS.join(", ")],
};

/** @throws INTEGRITY_FIO_JOB naming the field; nothing unchecked reaches fio's own parser. */
export function checkFioJob(job: FioJob): void {
  for (const [field, [check, want]] of Object.entries(CHECKS)) {
    if (check(job)) continue;
    const value = JSON.stringify(job[field as keyof FioJob]);
    throw integrityError("INTEGRITY_FIO_JOB", `${field} is ${value}; fio can be given ${want}`);
  }
}
