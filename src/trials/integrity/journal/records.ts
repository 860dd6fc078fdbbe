import { z } from "zod";

const count = z.int().min(0);

/** Bytes [from, to) of the data file. */
export const extent = z.tuple([count, count]).refine(([from, to]) => from < to, "an empty stretch");
/** See `extent`. */
export type Extent = z.infer<typeof extent>;

/** What was written, in words of whoever writes: a pattern, or the kind of block. Short, and plain inside JSON. */
export const payload = z.string().regex(/^[ !#-[\]-~]{0,512}$/);

/** The data file that a journal speaks of; never changes. */
export const geometry = z
  .strictObject({
    sizeBytes: z.int().min(1),
    /** Every stretch begins and ends on a multiple of this. */
    blockBytes: z.int().min(1),
  })
  .refine(({ sizeBytes, blockBytes }) => sizeBytes % blockBytes === 0, "size is no multiple of the block");
/** See `geometry`. */
export type Geometry = z.infer<typeof geometry>;

/** Who opened the journal: enough to tell later whether that process can still run. */
export const owner = z.strictObject({
  host: z.string().max(64),
  bootId: z.string().max(64),
  /** Tells containers on one host apart: the number of the namespace in which `pid` counts. */
  pidNamespace: z.string().max(32),
  pid: z.int().min(0),
  /** Clock ticks from boot to the start of the process; "" where the system does not tell. */
  startTicks: z.string().max(20),
});
/** See `owner`. */
export type Owner = z.infer<typeof owner>;

const generation = z.int().min(1);
/** 32 hex digits. */
export const runId = z.string().regex(/^[0-9a-f]{32}$/);

const open = z.strictObject({ type: z.literal("open"), epoch: z.int().min(1), runId, geometry, owner });
const intent = z.strictObject({
  type: z.literal("intent"),
  generation,
  extents: z.array(extent).min(1),
  payload,
});
const synced = z.strictObject({ type: z.literal("synced"), /** And every open one below it. */ generation });
const error = z.strictObject({
  type: z.literal("error"),
  call: z.enum(["open", "write", "sync"]),
  systemCode: z.string().max(32),
  extents: z.array(extent).max(64),
});
const verified = z.strictObject({
  type: z.literal("verified"),
  /** Newest generation at the time. */
  generation: count,
  result: z.enum(["intact", "damaged"]),
  blocks: count,
  damagedBlocks: count,
});
const close = z.strictObject({ type: z.literal("close") });

/** What a frame of the ring says. */
export const journalRecord = z.discriminatedUnion("type", [open, intent, synced, error, verified, close]);
/** See `journalRecord`. */
export type JournalRecord = z.infer<typeof journalRecord>;

/** A generation that was written, or was meant to be. */
const written = { generation: count, payload };

/** The sum of all frames up to one of them. */
export const journalState = z.strictObject({
  /** Fencing epoch of the last that opened the journal; 0 before the first. */
  epoch: count,
  /** How many generations were ever announced: the write counter. */
  generation: count,
  /** Covers the data file without a gap. Generation 0 was never written: the file may even be missing. */
  durable: z.array(z.strictObject({ from: count, to: count, ...written })).min(1),
  /** Announced and not known to be durable, oldest first. */
  open: z.array(
    z.strictObject({
      ...written,
      /** The oldest of several announcements of the same that all came to nothing, one after another. */
      since: count,
      extents: z.array(extent).min(1),
      /** An error, or another writer, came after it was announced: no later sync says anything of it. */
      doomed: z.boolean(),
    }),
  ),
  /** The last verification, with the epoch it was made in. */
  verified: verified
    .omit({ type: true })
    .extend({ epoch: z.int().min(1) })
    .optional(),
  /** The last error, with the epoch it was met in. */
  error: error
    .omit({ type: true, extents: true })
    .extend({ epoch: z.int().min(1) })
    .optional(),
  /** Somebody else has written before: who has opened the journal must look first, or evidence would be lost. */
  mustVerify: z.boolean(),
  /** Ended in good order. */
  closed: z.boolean(),
});
/** See `journalState`. */
export type JournalState = z.infer<typeof journalState>;
/** A stretch of the data file that holds one generation for certain. */
export type DurableStretch = JournalState["durable"][number];
/** A write of which nobody knows how far it came. */
export type OpenIntent = JournalState["open"][number];

/** What a checkpoint slot says: from where the frames are to be folded, and onto what. */
export const checkpointBody = z.strictObject({
  runId,
  geometry,
  /** Size of the whole file. */
  journalBytes: z.int().min(1),
  /** First sector not in `state`, and the CRC of the one before it. */
  next: z.strictObject({ sequence: count, chain: count }),
  state: journalState,
});
/** See `checkpointBody`. */
export type CheckpointBody = z.infer<typeof checkpointBody>;
