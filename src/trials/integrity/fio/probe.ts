/** fio's ways to do I/O that are used here. libaio keeps a depth only with O_DIRECT; psync always waits. */
export const FIO_ENGINES = ["libaio", "psync"] as const;
/** One of `FIO_ENGINES`. */
export type FioEngine = (typeof FIO_ENGINES)[number];

/** Options that came with later versions: 3.38 verify_write_sequence, 3.40 verify_header_seed, after 3.42 verify_policy. */
export const FIO_FEATURES = ["verify_write_sequence", "verify_header_seed", "verify_policy"] as const;
/** One of `FIO_FEATURES`. */
export type FioFeature = (typeof FIO_FEATURES)[number];

/** What the fio in a container can do with the storage there. */
export interface FioFacts {
  /** "3.33". */
  version: string;
  features: FioFeature[];
  engine: FioEngine;
  /** Whether a transfer with O_DIRECT went through. */
  direct: boolean;
}

/** "3.33" of "fio-3.33"; `undefined` when it is no answer of fio's. */
export function readFioVersion(answer: string): string | undefined {
  return /^fio-(\d+\.\d+\S*)/.exec(answer)?.[1];
}

/** Whether `fio --cmdhelp=NAME` described the option: for one that it does not know it exits 0 as well. */
export function knowsOption(answer: string, name: string): boolean {
  return answer.trimStart().startsWith(`${name}:`);
}
