import type { FioFeature } from "./probe.ts";
import { FIO_FAULT_WORDS, type FioFault } from "./faults.ts";
import { generationHex, primePattern } from "./pattern.ts";

/** Names of `FIO_MODES`. */
export const FIO_MODE_IDS = [
  "prime-pattern",
  "generation-pattern",
  "address-pattern",
  "two-patterns",
  "one-pattern",
  "crc32c",
  "crc32c-seed",
  "crc32c-pattern",
  "meta-seed",
  "crc32c-interval",
  "crc32c-interval-fatal",
  "crc32c-header-seed",
  "crc32c-header-seed-interval",
] as const;
/** One of `FIO_MODE_IDS`. */
export type FioModeId = (typeof FIO_MODE_IDS)[number];

/** One way in which fio can mark what it writes, and what it then cannot see. */
export interface FioMode {
  title: string;
  /** fio's own options for what a generation writes. */
  options(generation: number, blockBytes: number): string[];
  /** read: an ordinary read job. replay: a write job with verify_only, which knows the order of the writes. */
  verifyBy: "read" | "replay";
  /** What fio must know for it. */
  needs?: FioFeature;
  /** Passes as if it were right. */
  unseen: readonly FioFault[];
  /** Reported of one of the two places that it harms. */
  partly: readonly FioFault[];
  /** Exit status 0 and no error in the JSON: only standard error tells. */
  stderrOnly: readonly FioFault[];
}

/** fio writes the same whoever runs it: no mode of its tells one run or one writer from another. */
const ANOTHER_WRITER: readonly FioFault[] = ["foreign-run", "zombie-writer"];

const pattern = (text: string) => ["--verify=pattern", `--verify_pattern=${text}`];
const seeded = (verify: string, generation: number) => [`--verify=${verify}`, `--randseed=${generation}`];

/**
 * The modes that are compared, the one to use first. What they cannot see was measured with 3.33 and 3.42, which differ in
 * what they know and in nothing else; a test measures it again with the version that is there.
 */
export const FIO_MODES: Readonly<Record<FioModeId, FioMode>> = {
  "prime-pattern": {
    title: "generation and address in a pattern of prime length",
    options: (generation, blockBytes) => pattern(primePattern(generation, blockBytes)),
    verifyBy: "read",
    unseen: ANOTHER_WRITER,
    partly: [],
    stderrOnly: [],
  },
  "generation-pattern": {
    title: "generation and address, `0xGENERATION%o`",
    options: (generation) => pattern(`${generationHex(generation)}%o`),
    verifyBy: "read",
    unseen: ["sectors-swapped", ...ANOTHER_WRITER],
    partly: [],
    stderrOnly: [],
  },
  "address-pattern": {
    title: "address without generation, `%o`",
    options: () => pattern("%o"),
    verifyBy: "read",
    unseen: [
      "torn",
      "torn-sector",
      "sectors-swapped",
      "lost-write",
      "stale-file",
      "from-the-future",
      ...ANOTHER_WRITER,
    ],
    partly: ["misdirected"],
    stderrOnly: [],
  },
  "two-patterns": {
    title: "two patterns in turn",
    options: (generation) => pattern(generation % 2 === 0 ? "0xfedcba9876543210" : "0x0123456789abcdef"),
    verifyBy: "read",
    unseen: ["sectors-swapped", "duplicated", "swapped", ...ANOTHER_WRITER],
    partly: ["misdirected"],
    stderrOnly: [],
  },
  "one-pattern": {
    title: "one 8-byte pattern for ever",
    options: () => pattern("0x0123456789abcdef"),
    verifyBy: "read",
    unseen: [
      "torn",
      "torn-sector",
      "sectors-swapped",
      "lost-write",
      "stale-file",
      "misdirected",
      "duplicated",
      "swapped",
      "from-the-future",
      ...ANOTHER_WRITER,
    ],
    partly: [],
    stderrOnly: [],
  },
  crc32c: {
    title: "`crc32c` with the default seed",
    options: () => ["--verify=crc32c"],
    verifyBy: "read",
    unseen: ["torn", "torn-sector", "lost-write", "stale-file", "from-the-future", ...ANOTHER_WRITER],
    partly: ["misdirected"],
    stderrOnly: [],
  },
  "crc32c-seed": {
    title: "`crc32c`, a seed a generation",
    options: (generation) => seeded("crc32c", generation),
    verifyBy: "read",
    unseen: ["lost-write", "stale-file", "from-the-future", ...ANOTHER_WRITER],
    partly: ["misdirected"],
    stderrOnly: [],
  },
  "crc32c-pattern": {
    title: "`crc32c` over a pattern a generation",
    options: (generation) => ["--verify=crc32c", `--verify_pattern=${generationHex(generation)}`],
    verifyBy: "read",
    unseen: ["sectors-swapped", "lost-write", "stale-file", "from-the-future", ...ANOTHER_WRITER],
    partly: ["misdirected"],
    stderrOnly: [],
  },
  "meta-seed": {
    title: "`meta`, a seed a generation",
    options: (generation) => seeded("meta", generation),
    verifyBy: "replay",
    unseen: [
      "bit-flip",
      "torn",
      "torn-sector",
      "sectors-swapped",
      "lost-write",
      "stale-file",
      "from-the-future",
      "extended",
      ...ANOTHER_WRITER,
    ],
    partly: ["misdirected"],
    stderrOnly: [],
  },
  "crc32c-interval": {
    title: "`crc32c`, a seed a generation, `verify_interval=512`",
    options: (generation) => [...seeded("crc32c", generation), "--verify_interval=512"],
    verifyBy: "replay",
    unseen: ["torn", "torn-sector", "lost-write", "stale-file", "from-the-future", "extended", ...ANOTHER_WRITER],
    partly: ["misdirected"],
    stderrOnly: ["bit-flip"],
  },
  "crc32c-interval-fatal": {
    title: "the same with `verify_fatal=1`",
    options: (generation) => [...seeded("crc32c", generation), "--verify_interval=512", "--verify_fatal=1"],
    verifyBy: "replay",
    unseen: ["torn", "torn-sector", "lost-write", "stale-file", "from-the-future", "extended", ...ANOTHER_WRITER],
    partly: ["misdirected"],
    stderrOnly: [],
  },
  "crc32c-header-seed": {
    title: "`crc32c`, a seed a generation, `verify_header_seed=1`",
    options: (generation) => [...seeded("crc32c", generation), "--verify_header_seed=1"],
    verifyBy: "read",
    needs: "verify_header_seed",
    unseen: ANOTHER_WRITER,
    partly: [],
    stderrOnly: [],
  },
  "crc32c-header-seed-interval": {
    title: "the same with `verify_interval=512`",
    options: (generation) => [...seeded("crc32c", generation), "--verify_header_seed=1", "--verify_interval=512"],
    verifyBy: "read",
    needs: "verify_header_seed",
    unseen: ANOTHER_WRITER,
    partly: [],
    stderrOnly: ["bit-flip"],
  },
};

/** What a job uses unless it is told otherwise. */
export const DEFAULT_FIO_MODE: FioModeId = "prime-pattern";

/** What a mode lets pass, in words for a report. */
export function blindSpots(mode: FioModeId): string[] {
  return FIO_MODES[mode].unseen.map((fault) => FIO_FAULT_WORDS[fault]);
}
