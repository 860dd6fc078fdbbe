import type { WeightedValues } from "../../core/metric.ts";

/** The unit in which damage is told apart. */
export const BLOCK_BYTES = 4096;
/** What a disk writes as a whole, or not. */
export const SECTOR_BYTES = 512;

/**
 * in-place: one preallocated file, its slots overwritten. append: one file that grows by a slot at a time and, once it
 * has all of them, is overwritten from its beginning, as a log is that recycles its space. files: a directory of small
 * files, each made, and later unlinked, and made again. replace: a directory of small files, each written under another
 * name and renamed over the old one.
 */
export const REGION_KINDS = ["in-place", "append", "files", "replace"] as const;
/** One of `REGION_KINDS`. */
export type RegionKind = (typeof REGION_KINDS)[number];

/** A part of the subject whose slots are of one kind. A slot is what one step writes as a whole. */
export interface Region {
  /** The file number in every header; from 1, unique. */
  id: number;
  kind: RegionKind;
  slots: number;
  /** A multiple of `BLOCK_BYTES`. */
  slotBytes: number;
}

/** How a writer makes data durable. o_dsync: each write does it by itself; none: nothing is ever promised. */
export const SYNC_CALLS = ["fsync", "fdatasync", "o_dsync", "none"] as const;
/** One of `SYNC_CALLS`. */
export type SyncCall = (typeof SYNC_CALLS)[number];

/**
 * What is written, in which order: every step follows from this by pure arithmetic, in the lab as in every agent, so
 * that the oracle needs nothing from inside the failure domain.
 */
export interface Workload {
  /** 32 hex digits; its first 16 are the tag in every header. */
  runId: string;
  regions: Region[];
  /** Writing threads. Slot s of a region belongs to worker s % workers; of an append region all to worker id % workers. */
  workers: number;
  /**
   * Steps that one worker has under way at most, counted from the oldest: a step begins when all are over that are as far
   * back. Slots of in-place regions are then written by io_submit(2). Absent: one, by calls that block.
   */
  queueDepth?: number;
  /** In which order the slots of in-place, files and replace regions are taken. */
  order: "sequential" | "random";
  sync: { call: SyncCall /** Steps of one worker between two syncs. */; everySteps: number };
}

/**
 * How far one worker got in one session. Steps count from 0 over all sessions: a session's own are those from where the
 * session before had `issued` to where this one has.
 */
export interface WorkerProgress {
  /** Steps handed out: those from here on were certainly not begun. */
  issued: number;
  /**
   * The session's own steps below this are covered by a sync that succeeded, counted when it was submitted. It begins at
   * the session's first step; it says nothing of what the session before left unsynced.
   */
  synced: number;
  /**
   * Steps [from, to) below `synced` that are promised nothing all the same: a sync that covered them failed, and
   * a later success says nothing of them; or the write itself failed.
   */
  doomed: [from: number, to: number][];
}

/** One writer's time, from its start to its end or to the crash. The number is the fencing epoch in every header. */
export interface Session {
  /** From 1, growing by 1. */
  epoch: number;
  /** By worker. */
  workers: WorkerProgress[];
  /**
   * What a verification after this session found where more than one answer was right, once a sync had succeeded:
   * from then on only that one is.
   */
  settled: Settled[];
}
/** Region, slot, generation. */
export type Settled = [region: number, slot: number, generation: number];

/** All that the storage has promised, in a form that crosses to an agent. */
export interface Promised {
  workload: Workload;
  sessions: Session[];
}

/** What can be wrong with stored data. */
export const DAMAGE_KINDS = [
  "lost-write",
  "stale-file",
  "missing",
  "resurrected",
  "misdirected",
  "swapped",
  "duplicated",
  "torn",
  "bit-flip",
  "zeroed",
  "header-damaged",
  "garbage",
  "truncated",
  "extended",
  "foreign-run",
  "zombie-writer",
  "from-the-future",
  "io-error",
] as const;
/** One of `DAMAGE_KINDS`. */
export type DamageKind = (typeof DAMAGE_KINDS)[number];

/** Where a block says that it belongs. */
export interface BlockHome {
  region: number;
  /** Block in its region: slot * blocks of a slot + block in the slot. */
  block: number;
  generation: number;
  sequence: number;
  epoch: number;
}

/** A stretch of blocks with the same thing wrong. */
export interface Damage {
  kind: DamageKind;
  region: number;
  /** First block in its region. */
  block: number;
  blocks: number;
  /** Generations that would have been right for the first block; 0 is "never written". */
  allowed: { low: number; high: number };
  /** What the first block says of itself, where its header is whole. */
  found?: BlockHome;
  /** By sector, from the first: a generation, `Z` zeros, `~` a few wrong bits, `?` anything else. */
  sectors?: string;
  /** Bits that are wrong, from the block's start; at most 64. */
  wrongBits?: number[];
  /** The system's code of a read that failed. */
  systemCode?: string;
  /** Bytes that are there, for truncated and extended. */
  sizeBytes?: number;
  /** What the same block gave by another path, and by the same path once more. */
  again?: { otherPath: ReadPath; other: DamageKind | "right"; same: DamageKind | "right" };
}

/** How data is read back: through the page cache, or past it. */
export type ReadPath = "buffered" | "direct";

/** Latencies of many calls, nanoseconds, in classes at most 1 % wide. */
export type Latencies = WeightedValues;

/** Steps [from, to) of one worker. */
export interface WriteOp {
  type: "write";
  epoch: number;
  worker: number;
  from: number;
  to: number;
  result?: WriteResult;
}
/** How a stretch of writing ended. */
export interface WriteResult {
  /** Steps begun; less than asked for when a call failed and the stretch was given up. */
  reached: number;
  synced: number;
  doomed: [from: number, to: number][];
  /** Calls that failed, the first 20. */
  failures: { step: number; call: "open" | "write" | "rename" | "unlink" | "sync"; systemCode: string }[];
  failureCount: number;
  writtenBytes: number;
  writeNs: Latencies;
  syncNs: Latencies;
  durationNs: number;
  /** What was read back on the fly, soon after its sync; the first 20 damages. Present when it was asked for. */
  backlog?: { slots: number; damages: Damage[]; damageCount: number };
}

/** Reading everything back and holding it against what was promised. */
export interface VerifyOp {
  type: "verify";
  /** The session before it. */
  epoch: number;
  path: ReadPath;
  /** By which container: a second one sees the same storage by another way. */
  container: string;
  result?: VerifyResult;
}
/** What a verification saw. */
export interface VerifyResult {
  blocks: number;
  readBytes: number;
  /** The first 200 stretches. */
  damages: Damage[];
  damageCount: number;
  /** Damaged blocks by kind, all of them. */
  counts: Partial<Record<DamageKind, number>>;
  /** Slots where more than one answer was right: unsynced at the crash. */
  uncertainSlots: number;
  /** Of those, slots that held the newest they could. */
  keptUncertainSlots: number;
  /** Of those, slots that lost a step although a later step of the same worker was kept: legal, and worth knowing. */
  reorderedSlots: number;
  /** Torn where a write was in flight: legal. */
  tornInFlight: number;
  /** Present when it was asked for and the sync before it succeeded. */
  settled?: Settled[];
  readNs: Latencies;
  durationNs: number;
}

/** Making the regions, empty and durable. */
export interface PrepareOp {
  type: "prepare";
  result?: {
    directIo: { granuleBytes: number } | { refused: string };
    /** Why transfers cannot be queued; present where the workload asks for it and they cannot. */
    queueRefused?: string;
    fileSystem: string;
    durationNs: number;
  };
}

/** What the history of this trial is made of. */
export type IntegrityOp = PrepareOp | WriteOp | VerifyOp | FioOp;

/** One job of fio, to the end. */
export interface FioOp {
  type: "fio";
  epoch: number;
  job: "write" | "verify";
  /** Counts the write jobs. */
  generation: number;
  result?: FioResult;
}
/** How fio's job ended, by its exit status, its JSON and its standard error together. */
export interface FioResult {
  exitStatus: number;
  jsonError: number;
  totalErrors: number;
  /** Bad extents as fio's standard error tells them, neighbours as one; the first 200. */
  extents: { offset: number; lengthBytes: number; what: string }[];
  /** What fio's standard error says beside those, the first 20 lines. */
  messages: string[];
  /** Bytes that fio says it read or wrote; less than was expected is a fault. */
  bytes: number;
  expectedBytes: number;
  /** Size of the file when fio had ended; absent when there was no file. */
  fileBytes?: number;
  bandwidthBytesPerSecond: number;
  iops: number;
  /** Completion latency as fio tells it; absent when no transfer completed. */
  latencyNs?: { p50: number; p99: number; p999: number; max: number };
  durationNs: number;
}
