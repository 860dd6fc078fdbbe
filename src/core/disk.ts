import { z } from "zod";

/** What a disk can carry. */
export const FILE_SYSTEMS = ["ext4", "xfs", "btrfs"] as const;
/** One of `FILE_SYSTEMS`. */
export type FileSystem = (typeof FILE_SYSTEMS)[number];

/** The granule of caching and of faults. */
export const PAGE_BYTES = 4096;

/**
 * A disk that can be made to lie, with a file system on it. It has a volatile write cache, as real ones do: a flush makes
 * durable what was written before, and a power cut loses the rest.
 */
export interface DiskSpec {
  /** Unique within its environment; letters, digits and dashes. */
  name: string;
  sizeBytes: number;
  fileSystem: FileSystem;
  /** Added to mount(8)'s options: `["commit=300"]`. */
  mountOptions: string[];
  /** File that gets every write and flush, so that each state a crash could leave can be made again; `{artifacts}` in front stands for the run's folder. */
  log?: string;
  /** An existing file of `sizeBytes` bytes that the disk lies in, file system and all; without it the disk is made anew. */
  image?: string;
}

/** A disk's file system inside a container. */
export interface DiskMount {
  /** The disk's name in the environment. */
  disk: string;
  /** Absolute path inside the container. */
  target: string;
}

/** To which pages a rule does something, and how often: fields of its schema. */
export const occurrence = {
  /**
   * Acts on pages that begin with these bytes only (hex): on data rather than on the file system's own records. Every
   * page when absent. Flushes have no bytes.
   */
  prefix: z
    .string()
    .regex(/^([0-9a-f]{2})+$/)
    .optional(),
  /** Acts on every nth page (or flush) of those. */
  every: z.int().min(1).default(1),
  /** Acts so often and no more; without it until the rule is taken away. */
  times: z.int().min(1).optional(),
};

/** What a rule can do to a page on its way to the disk. All are acknowledged as if they had been done right, but `error` and `no-space`. */
export const WRITE_ACTIONS = [
  "error",
  "no-space",
  "drop",
  "tear",
  "misdirect",
  "duplicate",
  "swap",
  "flip",
  "zero",
  "scramble",
] as const;
/** What a rule can do to a page on its way back. */
export const READ_ACTIONS = ["error", "flip", "stale"] as const;

/** One way in which a disk misbehaves. Rules are tried in order; the first that matches acts. */
export const diskRule = z.discriminatedUnion("on", [
  z.strictObject({
    on: z.literal("write"),
    /**
     * tear: only the first `keepBytes` arrive. misdirect: lands on the place of the page that matched before it.
     * duplicate: lands there as well as at home. swap: changes places with the next page that matches. scramble: random
     * bytes arrive.
     */
    action: z.enum(WRITE_ACTIONS),
    keepBytes: z.int().min(512).max(3584).multipleOf(512).default(2048),
    /** For `flip`: how many bits, at places drawn from the page's number. */
    bits: z.int().min(1).max(64).default(1),
    ...occurrence,
  }),
  z.strictObject({
    on: z.literal("read"),
    /** flip: this read only, the medium is right. stale: what the page held before it was last written. */
    action: z.enum(READ_ACTIONS),
    bits: z.int().min(1).max(64).default(1),
    ...occurrence,
  }),
  z.strictObject({
    on: z.literal("flush"),
    /** lie: acknowledged, and the cache stays volatile. */
    action: z.enum(["error", "lie"]),
    ...occurrence,
  }),
  z.strictObject({
    on: z.literal("any"),
    /** Every request waits that long before it is carried out. */
    action: z.literal("delay"),
    delayMs: z.number().min(0).max(60_000),
    ...occurrence,
  }),
]);
/** See `diskRule`. */
export type DiskRule = z.infer<typeof diskRule>;

/** Damage done to what lies on the medium, without a request, under a mounted file system. */
export const diskDamage = z.strictObject({
  /** old: back to what the page held before it was last written. swap and copy take two pages. */
  how: z.enum(["flip", "zero", "scramble", "tear", "swap", "copy", "old"]),
  /** Pages that begin with these bytes (hex). */
  prefix: z.string().regex(/^([0-9a-f]{2})+$/),
  /** How many pages, drawn from `seed` among those that match. */
  pages: z.int().min(1).max(10_000).default(1),
  bits: z.int().min(1).max(64).default(1),
  seed: z.string().default("damage"),
});
/** See `diskDamage`. */
export type DiskDamage = z.infer<typeof diskDamage>;

/** One page that a rule or a damage has touched: the truth that a checker's answer is held against. */
export interface DiskHit {
  /** `write flip`, `read error`, `damage swap` ... */
  what: string;
  /** Where on the disk, bytes. */
  offset: number;
  /** Where else, for what touches two places. */
  otherOffset?: number;
  /** The first 64 bytes of the page as the writer meant it, hex; "" for flushes. */
  head: string;
}

/** What a power cut took away. */
export interface PowerCut {
  /** Pages that had been written and not flushed. */
  lostPages: number;
  /** Among them, pages whose flush the disk had acknowledged. */
  lostAcknowledgedPages: number;
}

/** Counters since the disk was made. */
export interface DiskStatistics {
  reads: number;
  writes: number;
  flushes: number;
  readBytes: number;
  writtenBytes: number;
  /** Pages in the volatile cache now. */
  cachedPages: number;
  cuts: number;
  /** How many pages rules and damages have touched; `hits` has the first 10,000. */
  hitCount: number;
  hits: DiskHit[];
}

/** The handles of an environment's disks. Each call names the disk. */
export interface DiskControl {
  /**
   * Adds rules behind those there are, until the returned function takes them away again. That tells the pages that
   * rules of these kinds have touched in between, as far as the disk remembers. Safe to call again and without power.
   */
  addRules(disk: string, rules: readonly DiskRule[]): Promise<() => Promise<DiskHit[]>>;
  /** The machine's power fails: containers that have the disk are killed, what was not flushed is gone. */
  cutPower(disk: string): Promise<PowerCut>;
  /**
   * The power is back: the file system is mounted, with its recovery, and the containers that have the disk run again,
   * but for those that were killed otherwise. Safe on a disk that has power.
   */
  restorePower(disk: string): Promise<void>;
  /** Changes what lies on the medium, now and without a request; tells which pages. */
  damage(disk: string, damage: DiskDamage): Promise<DiskHit[]>;
  /** FS_IOC_SHUTDOWN: the file system stops at once and answers EIO; with `keepLog` its log is written first. Not on btrfs. */
  shutDown(disk: string, keepLog: boolean): Promise<void>;
  /** Remounts it. Writable again is also what is not mounted. @throws when files are open for writing: the kernel calls that busy */
  setReadOnly(disk: string, readOnly: boolean): Promise<void>;
  /** What the disk has been asked and has done since it was made. */
  statistics(disk: string): Promise<DiskStatistics>;
}
