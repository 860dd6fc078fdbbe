import path from "node:path";
import { z } from "zod";
import { BLOCK_BYTES } from "../model.ts";
import { loopError } from "./errors.ts";
import { type Pattern, parsePattern } from "./pattern.ts";

/** Where the configuration is when neither a flag nor `IO_CONFIG_PATH` names it. */
export const DEFAULT_CONFIG_PATH = "/mnt/config/config.json";

const DEFAULT_DATA_DIR = "/mnt/data";
const DEFAULT_STATE_DIR = "/mnt/trn";
const DEFAULT_FILE_NAME = "file1";
const DEFAULT_METRICS_ADDRESS = "127.0.0.1";
const MAX_SLEEP_SECONDS = 30 * 86_400;
const MAX_SIZE_BYTES = 2 ** 43;
const MAX_BLOCK_BYTES = 4 * 2 ** 20;
/** What fits into a record of the journal. */
const MAX_PATTERN_BYTES = 32;

// Without flags: the published schema has only the pattern.
const SIZE = /^\s*(\d+(?:\.\d+)?)\s*(?:([kKmMgGtT])[iI]?[bB]?)?\s*$/;
const BOOLEAN = /^([Tt]rue|TRUE|[Ff]alse|FALSE)$/;
const seconds = z.number().min(0).max(MAX_SLEEP_SECONDS);
const number = (text: RegExp, wanted: string) => z.string().regex(text, { error: `it must be ${wanted}` });
const size = z.union([z.int().min(1), number(SIZE, "bytes, or a size such as 5Gi or 128k")], {
  error: "it must be bytes, or a size such as 5Gi or 128k",
});
const absolute = z.string().startsWith("/", { error: "it must be an absolute path" });
const flag = z.union([z.boolean(), z.string().regex(BOOLEAN)], { error: "it must be true or false" });

/** The file's keys, those of the original in both its spellings first. Values are as loose as they were there. */
export const loopConfigFile = z.strictObject({
  $schema: z.string().optional().describe("where this schema is, for editors"),
  io_mode: z.string().default("write").describe("write, or anything else to verify only"),
  io_patterns: z
    .array(z.string())
    .min(1)
    .default(["0x0123456789abcdef"])
    .describe("payloads, one after the other: hexadecimal, a decimal number, or a text in double quotes"),
  io_write_step: z
    .union([z.int().min(1), number(/^[1-9]\d{0,8}$/, "a whole number from 1")], {
      error: "it must be a whole number from 1",
    })
    .default(2)
    .describe("one iteration in so many writes, the others verify"),
  iteration_sleep: z
    .union([seconds, number(/^\d+(\.\d+)?$/, "seconds")], { error: "it must be seconds, from 0 to 30 days" })
    .default(1)
    .describe("seconds between iterations, after one that verified"),
  io_file_size: size.default("5Gi").describe("bytes to write; k, M, G and T count in powers of 1024, however spelled"),
  io_file: absolute.optional().describe("the data file"),
  io_file_path: absolute.optional().describe("the same as io_file"),
  io_data_path: absolute.optional().describe("directory of the data file (default: $IO_DATA_PATH, else /mnt/data)"),
  io_file_name: z
    .string()
    .regex(/^[^/]+$/, { error: "it must be a name without a slash" })
    .optional()
    .describe("name of the data file in io_data_path (default: file1)"),
  io_fill_percent: z.unknown().optional().describe("accepted and without effect, as it always was"),
  io_transaction_log_dir: absolute
    .optional()
    .describe(
      "directory of the journal (default: $IO_TRANSACTION_LOG_DIR, else /mnt/trn where it exists, else beside the data)",
    ),
  io_crash_on_wal_detection: flag
    .default(false)
    .describe("refuse to start where the last writer was killed while it wrote"),
  io_block_size: size.default("128Ki").describe("bytes of one write, a multiple of 4096 up to 4Mi"),
  io_direct: z
    .enum(["auto", "on", "off"])
    .default("auto")
    .describe("O_DIRECT, past the page cache; auto: where it works"),
  io_sync: z.enum(["fdatasync", "fsync"]).default("fdatasync").describe("the call that makes data durable"),
  io_verify_path: z
    .enum(["auto", "direct", "buffered"])
    .default("auto")
    .describe("read back past the page cache or through it; auto: past it where that works"),
  io_rate: size.optional().describe("write at most so many bytes a second"),
  metrics_port: z
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe("serve metrics and probes there; 0: on a free port, which the log tells"),
  metrics_address: z.string().min(1).default(DEFAULT_METRICS_ADDRESS).describe("address to serve them on"),
});

/** What the loop goes by in one iteration. */
export interface LoopSettings {
  mode: "write" | "verify";
  patterns: readonly Pattern[];
  /** From 1; one iteration in so many writes. */
  writeStep: number;
  sleepMs: number;
  filePath: string;
  /** Of the journal, and of what the original left. */
  stateDir: string;
  refuseOpenWrites: boolean;
  /** A multiple of `blockBytes`. */
  sizeBytes: number;
  /** A multiple of 4096. */
  blockBytes: number;
  direct: "auto" | "on" | "off";
  sync: "fdatasync" | "fsync";
  verifyPath: "auto" | "direct" | "buffered";
  rateBytesPerSecond?: number;
  metrics?: { port: number; address: string };
}

/** Settings, and what whoever wrote the file should know of how it was read. */
export interface ReadConfig {
  settings: LoopSettings;
  warnings: string[];
}

/** What settings depend on beside the file. */
export interface ConfigSurroundings {
  env: Readonly<Record<string, string | undefined>>;
  isDirectory(directory: string): boolean;
}

type ConfigFile = z.infer<typeof loopConfigFile>;

/** The settings that a valid file means here. @throws INTEGRITY_LOOP_CONFIG */
export function settingsOf(file: ConfigFile, surroundings: ConfigSurroundings): ReadConfig {
  const warnings = looseValues(file);
  const blockBytes = blockSizeOf(file);
  const sizeBytes = Math.floor(sizeOf(file.io_file_size) / blockBytes) * blockBytes;
  if (sizeBytes === 0 || sizeBytes > MAX_SIZE_BYTES)
    throw invalid("io_file_size", file.io_file_size, `from one io_block_size (${blockBytes} bytes) to 8Ti`);
  if (sizeBytes !== sizeOf(file.io_file_size))
    warnings.push(`io_file_size ${file.io_file_size} is no multiple of io_block_size: ${sizeBytes} bytes are used`);
  const filePath = filePathOf(file, surroundings);
  const settings: LoopSettings = {
    mode: file.io_mode === "write" ? "write" : "verify",
    patterns: file.io_patterns.map(patternOf),
    writeStep: Number(file.io_write_step),
    sleepMs: Number(file.iteration_sleep) * 1000,
    filePath,
    stateDir: stateDirOf(file, filePath, surroundings),
    refuseOpenWrites: String(file.io_crash_on_wal_detection).toLowerCase() === "true",
    sizeBytes,
    blockBytes,
    direct: file.io_direct,
    sync: file.io_sync,
    verifyPath: file.io_verify_path,
    ...(file.io_rate === undefined ? {} : { rateBytesPerSecond: sizeOf(file.io_rate) }),
    ...(file.metrics_port === undefined ? {} : { metrics: { port: file.metrics_port, address: file.metrics_address } }),
  };
  return { settings, warnings };
}

/** Values that are taken, and that their writer may have meant otherwise. */
function looseValues(file: ConfigFile): string[] {
  const texts = (["io_write_step", "iteration_sleep", "io_crash_on_wal_detection"] as const)
    .filter((key) => typeof file[key] === "string")
    .map((key) => `${key} is given as text, "${String(file[key])}"`);
  const decimal = (["io_file_size", "io_block_size", "io_rate"] as const)
    .filter((key) => /[kmgt]b\s*$/i.test(String(file[key])))
    .map((key) => `${key} ${String(file[key])} counts in powers of 1024`);
  return [
    ...texts,
    ...decimal,
    ...(["write", "read", "verify"].includes(file.io_mode)
      ? []
      : [`io_mode is "${file.io_mode}": anything but "write" verifies only`]),
    ...(Number(file.io_write_step) === 1 && file.io_mode === "write"
      ? ["io_write_step 1 writes in every iteration and verifies at the start only"]
      : []),
    ...(file.io_fill_percent === undefined ? [] : ["io_fill_percent never had an effect, and has none"]),
  ];
}

function sizeOf(given: number | string): number {
  if (typeof given === "number") return given;
  const [, count = "", prefix = ""] = SIZE.exec(given) ?? [];
  return Math.floor(Number(count) * 1024 ** " kmgt".indexOf(prefix.toLowerCase() || " "));
}

function blockSizeOf({ io_block_size }: ConfigFile): number {
  const bytes = sizeOf(io_block_size);
  if (bytes >= BLOCK_BYTES && bytes <= MAX_BLOCK_BYTES && bytes % BLOCK_BYTES === 0) return bytes;
  throw invalid("io_block_size", io_block_size, `a multiple of ${BLOCK_BYTES} bytes up to 4Mi`);
}

function patternOf(text: string): Pattern {
  const bytes = parsePattern(text);
  if (bytes === undefined || bytes.length > MAX_PATTERN_BYTES)
    throw invalid(
      "io_patterns",
      text,
      "up to 32 bytes: hexadecimal such as 0x0123456789abcdef, a decimal number, or a text in double quotes",
    );
  return { text, bytes };
}

function filePathOf(file: ConfigFile, { env }: ConfigSurroundings): string {
  const inDirectory =
    file.io_data_path !== undefined || file.io_file_name !== undefined
      ? path.join(
          file.io_data_path ?? (env["IO_DATA_PATH"] || DEFAULT_DATA_DIR),
          file.io_file_name ?? DEFAULT_FILE_NAME,
        )
      : undefined;
  const named = [file.io_file, file.io_file_path, inDirectory].filter((place) => place !== undefined);
  const places = new Set(named.map((place) => path.normalize(place)));
  if (places.size > 1)
    throw loopError(
      "INTEGRITY_LOOP_CONFIG",
      `the data file is named in two ways that differ: ${[...places].join(" and ")}`,
    );
  return [...places][0] ?? path.join(env["IO_DATA_PATH"] || DEFAULT_DATA_DIR, DEFAULT_FILE_NAME);
}

function stateDirOf(file: ConfigFile, filePath: string, { env, isDirectory }: ConfigSurroundings): string {
  const named = file.io_transaction_log_dir ?? (env["IO_TRANSACTION_LOG_DIR"] || undefined);
  return named ?? (isDirectory(DEFAULT_STATE_DIR) ? DEFAULT_STATE_DIR : path.dirname(filePath));
}

function invalid(key: string, value: unknown, wanted: string) {
  return loopError("INTEGRITY_LOOP_CONFIG", `${key} is ${JSON.stringify(value)}; it must be ${wanted}`);
}
