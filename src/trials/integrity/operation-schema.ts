import { z } from "zod";
import { DAMAGE_KINDS, type IntegrityOp } from "./model.ts";

const whole = z.int().min(0);
const span = z.tuple([whole, whole]);
const latencies = z.object({ values: z.array(z.number()), counts: z.array(whole) });
const path = z.enum(["buffered", "direct"]);
const kind = z.enum(DAMAGE_KINDS);
const settled = z.tuple([whole, whole, whole]);

const damage = z.looseObject({
  kind,
  region: whole,
  block: whole,
  blocks: whole,
  allowed: z.object({ low: whole, high: whole }),
  found: z.object({ region: whole, block: whole, generation: whole, sequence: whole, epoch: whole }).optional(),
  sectors: z.string().optional(),
  wrongBits: z.array(whole).optional(),
  systemCode: z.string().optional(),
  sizeBytes: whole.optional(),
  again: z
    .object({ otherPath: path, other: z.union([kind, z.literal("right")]), same: z.union([kind, z.literal("right")]) })
    .optional(),
});

const writeResult = z.looseObject({
  reached: whole,
  synced: whole,
  doomed: z.array(span),
  failures: z.array(
    z.object({
      step: whole,
      call: z.enum(["open", "write", "rename", "unlink", "sync"]),
      systemCode: z.string(),
    }),
  ),
  failureCount: whole,
  writtenBytes: whole,
  writeNs: latencies,
  syncNs: latencies,
  durationNs: z.number(),
  backlog: z.object({ slots: whole, damages: z.array(damage), damageCount: whole }).optional(),
});

const verifyResult = z.looseObject({
  blocks: whole,
  readBytes: whole,
  damages: z.array(damage),
  damageCount: whole,
  counts: z.partialRecord(kind, whole),
  uncertainSlots: whole,
  keptUncertainSlots: whole,
  reorderedSlots: whole,
  tornInFlight: whole,
  settled: z.array(settled).optional(),
  readNs: latencies,
  durationNs: z.number(),
});

const fioResult = z.looseObject({
  exitStatus: z.int(),
  jsonError: z.int(),
  totalErrors: whole,
  extents: z.array(z.object({ offset: whole, lengthBytes: whole, what: z.string() })),
  messages: z.array(z.string()),
  bytes: whole,
  expectedBytes: whole,
  fileBytes: whole.optional(),
  bandwidthBytesPerSecond: z.number(),
  iops: z.number(),
  latencyNs: z.object({ p50: z.number(), p99: z.number(), p999: z.number(), max: z.number() }).optional(),
  durationNs: z.number(),
});

/** What a line of the history holds; an old or damaged one is refused before a checker sees it. */
export const integrityOperation: z.ZodType<IntegrityOp> = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("prepare"),
    result: z
      .object({
        directIo: z.union([z.object({ granuleBytes: whole }), z.object({ refused: z.string() })]),
        queueRefused: z.string().optional(),
        fileSystem: z.string(),
        durationNs: z.number(),
      })
      .optional(),
  }),
  z.object({
    type: z.literal("write"),
    epoch: whole,
    worker: whole,
    from: whole,
    to: whole,
    result: writeResult.optional(),
  }),
  z.object({
    type: z.literal("verify"),
    epoch: whole,
    path,
    container: z.string(),
    result: verifyResult.optional(),
  }),
  z.object({
    type: z.literal("fio"),
    epoch: whole,
    job: z.enum(["write", "verify"]),
    generation: whole,
    result: fioResult.optional(),
  }),
]) as z.ZodType<IntegrityOp>;
