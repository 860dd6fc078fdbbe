import { z } from "zod";
import { FILE_SYSTEMS } from "../../core/disk.ts";
import { durationMs, flagsOf, plannedFaults, sizeBytes } from "../../core/option-values.ts";
import type { Profile, TrialFlag } from "../../core/trial.ts";
import { integrityError } from "./errors.ts";
import { FIO_MODE_IDS } from "./fio/modes.ts";
import { BLOCK_BYTES, SYNC_CALLS } from "./model.ts";

/** What is written: one kind of region each, or all of them. */
export const WORKLOADS = ["sequential", "random", "append", "small-files", "replace", "mixed"] as const;
export type WorkloadName = (typeof WORKLOADS)[number];

/** How a crash is made. auto: power cuts on a lab disk, else SIGKILL of the container. */
export const CRASHES = ["auto", "kill", "power-cut", "both"] as const;

const MOST_QUEUE_DEPTH = 256;
const MIB = 2 ** 20;
const TIB = 2 ** 40;

export const integrityOptions = z.strictObject({
  path: z.string().startsWith("/").optional().describe("directory on this machine whose storage is tried"),
  volume: z.string().min(1).optional().describe("named volume of the runtime to try"),
  disk: z
    .strictObject({
      fileSystem: z.enum(FILE_SYSTEMS),
      sizeBytes: sizeBytes(16 * MIB, 16 * TIB).default(320 * MIB),
      mountOptions: z.array(z.string()).default([]).describe('added to mount\'s options, such as "commit=300"'),
      record: z.boolean().default(false).describe("keep every write and flush, for a search over crash points"),
    })
    .optional()
    .describe("a disk of the lab that can be made to lie, with this file system on it"),
  engine: z.enum(["blocks", "fio"]).default("blocks").describe("our own self-describing blocks, or fio"),
  fioMode: z.enum(FIO_MODE_IDS).default("prime-pattern").describe("how fio marks what it writes"),
  workload: z.enum(WORKLOADS).default("mixed").describe("what is written"),
  sizeBytes: sizeBytes(BLOCK_BYTES, 8 * TIB)
    .default(64 * MIB)
    .describe("bytes of each large file"),
  blockBytes: sizeBytes(BLOCK_BYTES, 4 * MIB)
    .default(64 * 1024)
    .describe("bytes of one write to a large file"),
  files: z.int().min(1).max(1_000_000).default(128).describe("small files of the workloads that make them"),
  workers: z.int().min(1).max(64).default(2).describe("writing threads"),
  queueDepth: z
    .int()
    .min(1)
    .max(MOST_QUEUE_DEPTH)
    .optional()
    .describe("transfers that each worker keeps in flight in the large files, past the page cache; 1, or 8 of fio"),
  sync: z.enum(SYNC_CALLS).default("fdatasync").describe("how a writer makes data durable"),
  syncEvery: z.int().min(1).max(1_000_000).default(16).describe("writes of one worker between two syncs"),
  direct: z.enum(["auto", "on", "off"]).default("auto").describe("O_DIRECT, past the page cache"),
  backlog: z
    .int()
    .min(0)
    .max(1024)
    .default(0)
    .describe("synced slots that each worker reads back after every sync, while it writes"),
  rateBytesPerSecond: sizeBytes(BLOCK_BYTES, TIB).optional().describe("no faster than this, all workers together"),
  durationMs: durationMs(100, 30 * 86_400_000)
    .default(15_000)
    .describe("how long is written, crashes included"),
  crashes: z.int().min(0).max(10_000).default(3).describe("crashes while it is written, at times drawn from the seed"),
  crash: z.enum(CRASHES).default("auto").describe("how a crash is made"),
  downMs: durationMs(0, 600_000).default(200).describe("how long a crashed container stays down"),
  secondReader: z.boolean().default(true).describe("read it all once more from a second container"),
  image: z.string().min(1).optional().describe("base image of the containers"),
  faults: plannedFaults.describe("further faults while it is written"),
});
export type IntegrityOptions = z.infer<typeof integrityOptions>;

export const integrityProfiles: Record<Profile, Record<string, unknown>> = {
  quick: { sizeBytes: 32 * MIB, durationMs: 8_000, crashes: 3 },
  standard: { sizeBytes: 512 * MIB, durationMs: 120_000, crashes: 10, files: 1000 },
  thorough: { sizeBytes: 5120 * MIB, durationMs: 1_800_000, crashes: 100, files: 10_000 },
};

function readRecord(choice: string): boolean {
  if (choice === "on" || choice === "off") return choice === "on";
  throw integrityError("INTEGRITY_OPTION", `--record wants on or off, not "${choice}"`, { remedy: "Give on or off." });
}

const { count, duration, size, text } = flagsOf((detail) => integrityError("INTEGRITY_OPTION", detail));

export const integrityFlags: readonly TrialFlag[] = [
  text("--path", "path", "directory on this machine whose storage is tried", "directory"),
  text("--volume", "volume", "named volume of the runtime to try", "name"),
  {
    flags: "--disk <file-system>",
    description: `a disk of the lab that can be made to lie: ${FILE_SYSTEMS.join(", ")}`,
    apply: (fileSystem, options) => ({ disk: { ...(options["disk"] as object | undefined), fileSystem } }),
  },
  text("--engine", "engine", "blocks or fio", "engine"),
  text("--fio-mode", "fioMode", "how fio marks what it writes; the report says what each mode cannot see", "mode"),
  text("--workload", "workload", `what is written: ${WORKLOADS.join(", ")}`, "workload"),
  size("--size", "sizeBytes", "bytes of each large file"),
  size("--block-size", "blockBytes", "bytes of one write to a large file"),
  count("--files", "files", "small files of the workloads that make them"),
  count("--workers", "workers", "writing threads"),
  count("--queue-depth", "queueDepth", "transfers that each worker keeps in flight in the large files"),
  text("--sync", "sync", `how a writer makes data durable: ${SYNC_CALLS.join(", ")}`, "call"),
  count("--sync-every", "syncEvery", "writes of one worker between two syncs"),
  count("--backlog", "backlog", "synced slots that each worker reads back after every sync, while it writes"),
  text("--direct", "direct", "O_DIRECT: auto, on or off", "choice"),
  size("--rate", "rateBytesPerSecond", "write no faster than so many bytes a second"),
  duration("--duration", "durationMs", "how long is written, crashes included"),
  count("--crashes", "crashes", "crashes while it is written"),
  text("--crash", "crash", `how a crash is made: ${CRASHES.join(", ")}`, "how"),
  text("--image", "image", "base image of the containers", "image"),
  {
    flags: "--record <choice>",
    description: "on: keep every write and flush of the lab's disk, for a search over crash points",
    apply: (choice, options) => ({ disk: { ...(options["disk"] as object | undefined), record: readRecord(choice) } }),
  },
];
