import type { OperationName } from "../../../../fuse/operations.ts";
import { dialError } from "../errors.ts";

/** Requests that change something. */
export const MUTATIONS = [
  "create",
  "mknod",
  "mkdir",
  "symlink",
  "link",
  "unlink",
  "rmdir",
  "rename",
  "write",
  "setattr",
  "setxattr",
  "removexattr",
  "fallocate",
] as const satisfies OperationName[];

const LOOKS = [
  "lookup",
  "getattr",
  "readlink",
  "open",
  "read",
  "opendir",
  "readdir",
] as const satisfies OperationName[];

export type Delayable = (typeof MUTATIONS)[number] | (typeof LOOKS)[number] | "mutations";

/** How the share misbehaves. Everything off is a correct file system that delivers no event for the source's changes. */
export interface ShareDials {
  /** How long the kernel may trust a name that it has looked up. */
  entryTtlMs: number;
  /**
   * How long the kernel may trust size, times, mode and owner. A lookup brings new ones, so this holds for trusted names
   * and open files only. Lifetimes end on a kernel tick (4 ms at 250 Hz).
   */
  attrTtlMs: number;
  /** How long the kernel may trust that a name is missing. */
  negativeTtlMs: number;
  /** When cached data is dropped. auto: at open, and when size or mtime differ; never cached; always kept over opens. */
  cache: "auto" | "never" | "always";
  /**
   * How long a request waits before it is carried out, others going on meanwhile. `mutations` stands for every kind
   * that changes something and is not named itself. One system call can be several requests: writing a new file is a
   * lookup, a create, and one write for each 128 KiB.
   */
  delayMs: Partial<Record<Delayable, number>>;
  /** Files end here for every look; writes are passed on. 0 is no limit. */
  sizeLimitBytes: number;
  /** For so long after a change of size, a reader that had looked before gets the old size, and new bytes cut there. */
  staleSizeMs: number;
  /** For so long after a change, a reader that had read before gets the new first half and the old second half. */
  tornReadsMs: number;
  /** Every so many reads after a change give the same mixture. 0 is never. */
  tornReadsEvery: number;
  /** For so long, a name that was looked up before and is gone from the source is still found, though not listed. */
  phantomMs: number;
  /** For so long, a name that was listed before and is gone from the source is still listed, though not found. */
  phantomListingMs: number;
  /** Every so many looks (lookup, getattr and read counted on their own) after a change give the old state. 0 is never. */
  revertEvery: number;
  /** For so long after a file was replaced, a reader that had looked before finds no file of that name. */
  replaceGapMs: number;
  /**
   * Whether changes of the source give events on the mount: IN_ATTRIB on the name, or on its directory when the name is
   * gone, about 3 ms after the change. Changes of one name within 2 ms are one. `lose: n` leaves out every nth.
   */
  echoEvents: "off" | "all" | "twice" | { lose: number } | { lateMs: number };
  /**
   * source: flock(2) and fcntl(2) locks exclude on both sides; needs foreign functions, else as `mount`. mount: they
   * exclude only among users of this mount. none: every lock is granted. Fixed when the share starts.
   */
  locks: "source" | "mount" | "none";
  /** broken: creating with O_EXCL succeeds though the file is there. Needs the right to read /proc/PID/syscall. */
  exclusive: "right" | "broken";
}

export const DIALS_OFF: Readonly<ShareDials> = {
  entryTtlMs: 0,
  attrTtlMs: 0,
  negativeTtlMs: 0,
  cache: "auto",
  delayMs: {},
  sizeLimitBytes: 0,
  staleSizeMs: 0,
  tornReadsMs: 0,
  tornReadsEvery: 0,
  phantomMs: 0,
  phantomListingMs: 0,
  revertEvery: 0,
  replaceGapMs: 0,
  echoEvents: "off",
  locks: "source",
  exclusive: "right",
};

type Check = (value: unknown) => string | undefined;

const ONE_DAY_MS = 86_400_000;

const from0To =
  (limit: number): Check =>
  (value) =>
    typeof value === "number" && value >= 0 && value <= limit ? undefined : `takes a number from 0 to ${limit}`;
const count: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : "takes a whole number";
const oneOf =
  (...words: string[]): Check =>
  (value) =>
    words.includes(value as string) ? undefined : `takes one of ${words.join(", ")}`;
const durationMs = from0To(ONE_DAY_MS);

const DELAYABLE = new Set<string>([...MUTATIONS, ...LOOKS, "mutations"]);

const delays: Check = (value) => {
  if (typeof value !== "object" || value === null) return "takes an object of milliseconds by kind of request";
  const unknown = Object.keys(value).find((kind) => !DELAYABLE.has(kind));
  if (unknown !== undefined) return `knows no request ${unknown}; it has ${[...DELAYABLE].join(", ")}`;
  return Object.values(value).map(durationMs).find(Boolean);
};

const echo: Check = (value) => {
  if (typeof value !== "object" || value === null) return oneOf("off", "all", "twice", "{lose}", "{lateMs}")(value);
  const { lose, lateMs, ...rest } = value as Record<string, unknown>;
  if (Object.keys(rest).length > 0) return "takes {lose} or {lateMs}";
  return lose === undefined ? durationMs(lateMs) : count(lose);
};

const CHECKS: Record<keyof ShareDials, Check> = {
  entryTtlMs: durationMs,
  attrTtlMs: durationMs,
  negativeTtlMs: durationMs,
  cache: oneOf("auto", "never", "always"),
  delayMs: delays,
  sizeLimitBytes: count,
  staleSizeMs: durationMs,
  tornReadsMs: durationMs,
  tornReadsEvery: count,
  phantomMs: durationMs,
  phantomListingMs: durationMs,
  revertEvery: count,
  replaceGapMs: durationMs,
  echoEvents: echo,
  locks: oneOf("source", "mount", "none"),
  exclusive: oneOf("right", "broken"),
};

/** Completes dials with "off". @throws SeatrialError SUBJECT_BAD_DIALS, which names the dial and what it takes. */
export function completeDials(given: unknown): ShareDials {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw dialError("SUBJECT_BAD_DIALS", "the dials are not an object");
  }
  for (const [name, value] of Object.entries(given)) {
    const check = CHECKS[name as keyof ShareDials] as Check | undefined;
    if (!check)
      throw dialError("SUBJECT_BAD_DIALS", `no dial is called ${name}; there are ${Object.keys(CHECKS).join(", ")}`);
    const complaint = check(value);
    if (complaint) throw dialError("SUBJECT_BAD_DIALS", `${name} is ${JSON.stringify(value)} but ${complaint}`);
  }
  return { ...DIALS_OFF, ...given };
}

/** Dials from the JSON text of a command line. @throws SeatrialError SUBJECT_BAD_DIALS */
export function parseDials(json: string): ShareDials {
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch (error) {
    throw dialError("SUBJECT_BAD_DIALS", `the dials are no JSON: ${(error as Error).message}`, { cause: error });
  }
  return completeDials(given);
}

/** Milliseconds that requests of this kind wait. */
export function delayOf(dials: ShareDials, operation: OperationName): number {
  const kind = operation === "rename2" ? "rename" : operation;
  const own = dials.delayMs[kind as Delayable];
  if (own !== undefined) return own;
  return MUTATIONS.includes(kind as (typeof MUTATIONS)[number]) ? (dials.delayMs.mutations ?? 0) : 0;
}

/** Whether an answer can be an old one, so that what was answered before must be kept. */
export function needsMemory(dials: ShareDials): boolean {
  const { staleSizeMs, tornReadsMs, tornReadsEvery, phantomMs, phantomListingMs, revertEvery, replaceGapMs } = dials;
  return [staleSizeMs, tornReadsMs, tornReadsEvery, phantomMs, phantomListingMs, revertEvery, replaceGapMs].some(
    (dial) => dial > 0,
  );
}

/** Where the parts of a share read the dials, so that they can be turned while it serves. */
export interface DialBoard {
  dials: ShareDials;
}
