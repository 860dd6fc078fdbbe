/** What can be wrong with a file of fio's, by the names of `DAMAGE_KINDS` where there is one, in words. */
export const FIO_FAULT_WORDS = {
  "bit-flip": "one bit in the middle of a block is another",
  torn: "the second half of a block is of the generation before",
  "torn-sector": "the last 512 bytes of a block are of the generation before",
  "sectors-swapped": "two sectors of one block have changed places",
  "lost-write": "a block is of the generation before",
  "stale-file": "the whole file is of the generation before",
  misdirected: "a block went to another's place, its own kept the old one",
  duplicated: "a block is at its place and at another's",
  swapped: "two blocks have changed places",
  zeroed: "a block is all zeros",
  garbage: "a block is noise",
  "header-damaged": "the first 32 bytes of a block are noise",
  "from-the-future": "a block is of a generation that was not written yet",
  "foreign-run": "a block is of the same generation of another run",
  "zombie-writer": "a block was written by a writer whose time was over",
  truncated: "the second half of the file is gone",
  extended: "the file has a block of zeros more",
  missing: "there is no file",
} as const;
/** One of `FIO_FAULTS`. */
export type FioFault = keyof typeof FIO_FAULT_WORDS;
/** All that a mode is measured by. */
export const FIO_FAULTS = Object.keys(FIO_FAULT_WORDS) as readonly FioFault[];
