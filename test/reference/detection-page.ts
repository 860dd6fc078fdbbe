import { IO_INTEGRITY_UNSEEN } from "../../src/trials/integrity/fio/io-integrity.ts";
import { FIO_FAULTS, FIO_FAULT_WORDS, type FioFault } from "../../src/trials/integrity/fio/faults.ts";
import { FIO_MODE_IDS, FIO_MODES, type FioMode } from "../../src/trials/integrity/fio/modes.ts";
import type { DamageKind } from "../../src/trials/integrity/model.ts";

/** What a tool tells of one fault. */
export type Sight = "seen" | "partly" | "stderrOnly" | "unseen";
/** What it tells of each. */
export type Row = Record<FioFault, Sight>;

/** The names that the trial's own blocks have for a fault where it has another one, in the order of the places. */
const OTHER_NAMES: Readonly<Partial<Record<FioFault, readonly DamageKind[]>>> = {
  "torn-sector": ["torn"],
  "sectors-swapped": ["garbage"],
  misdirected: ["lost-write", "misdirected"],
  swapped: ["swapped", "swapped"],
};

/** What a verification of the trial's own blocks should say of a fault, one name a place. */
export function ourNames(fault: FioFault): readonly DamageKind[] {
  return OTHER_NAMES[fault] ?? [fault as DamageKind];
}

/** What the table of a mode says, fault by fault. */
export function rowOf({ unseen, partly, stderrOnly }: Pick<FioMode, "unseen" | "partly" | "stderrOnly">): Row {
  const sight = (fault: FioFault): Sight => {
    if (unseen.includes(fault)) return "unseen";
    if (partly.includes(fault)) return "partly";
    return stderrOnly.includes(fault) ? "stderrOnly" : "seen";
  };
  return Object.fromEntries(FIO_FAULTS.map((fault) => [fault, sight(fault)])) as Row;
}

/** The same for IOIntegrity. */
export const IO_INTEGRITY_ROW = rowOf({ unseen: IO_INTEGRITY_UNSEEN, partly: [], stderrOnly: [] });

/** `docs/reference/integrity-detection.md`. */
export function renderDetectionPage(): string {
  const letters = FIO_MODE_IDS.map((_, index) => String.fromCharCode("A".charCodeAt(0) + index));
  const head = ["fault", "Seatrial says", "IOIntegrity", ...letters];
  const rows = FIO_FAULTS.map((fault) => [
    FIO_FAULT_WORDS[fault],
    [...new Set(ourNames(fault))].join(" and "),
    CELLS[IO_INTEGRITY_ROW[fault]],
    ...FIO_MODE_IDS.map((mode) => CELLS[rowOf(FIO_MODES[mode])[fault]]),
  ]);
  const legend = FIO_MODE_IDS.map((mode, index) => {
    const { title, needs, verifyBy } = FIO_MODES[mode];
    const how = verifyBy === "replay" ? ", read back by `verify_only`" : "";
    return [letters[index] ?? "", `\`${mode}\``, `${title}${how}`, needs ? `fio that knows \`${needs}\` (3.40)` : ""];
  });
  return [HEAD, table(head, rows), MODES, table(["", "mode", "what marks the data", "needs"], legend), TRAPS].join(
    "\n",
  );
}

const CELLS: Readonly<Record<Sight, string>> = { seen: "yes", partly: "half", stderrOnly: "err", unseen: "**no**" };

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return `${[line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n")}\n`;
}

const HEAD = `# What the integrity trial sees, and what fio sees

A file of 256 blocks of 4 KiB is written twice, generation 1 and generation 2. Then it is spoilt by hand in one way, and verified by
a process of its own. An undamaged file is verified before each row of faults, and must pass.

- *yes*: reported.
- *half*: two places are bad, and one of them is reported.
- *err*: exit status 0 and no error in the JSON; only a line on standard error tells.
- ***no***: passes as if it were right.

Seatrial names the fault and its extent; fio says that a block is bad, and at best which field of its header. The columns with
letters are modes of fio, listed below. IOIntegrity is its own two commands, character by character, judged by their exit
status as it does.
`;

const MODES = `Another run and another writer are invisible to all of fio's modes: fio writes the same bytes whoever runs it. What a fault of
the file's size shows of fio alone is in the table; the trial compares the size itself as well, and so sees these in every mode. Where
patterns take turns (D), what is two generations old looks right.

## The modes
`;

const TRAPS = `A is what \`--engine fio\` uses. The pattern is repeated from the start of each block: with a length of 12 bytes (B) sectors begin
alike that are a multiple of 3 apart, so that two of them can change places. With a prime length greater than the number of
sectors no two begin alike. It works with every version of fio; side by side it is not slower (128 KiB, medians of 8).

## How an outcome of fio is read

| what happens | exit status | error in the JSON | what tells |
|---|---|---|---|
| bad data, \`continue_on_error=verify\` | 0 | 84 | the JSON. 84 is the system's EILSEQ, "Invalid or incomplete multibyte or wide character": fio borrows the number for data that differs |
| bad data in a \`verify_interval\` that is not the last of its block | 0 | 0 | standard error only |
| the file is too short, no \`size\` | 0 | 0 | the number of bytes read |
| the file is too short, \`size\` given | 1 | 0 | the exit status; **fio has unlinked the file by then**, also with \`allow_file_create=0\` |
| the file is longer by less than a block | 0 | 0 | the file's size |
| the device fails a transfer | 1 | 5 (EIO), 28 (ENOSPC) ... | any |
| fio gets SIGTERM | 128 | 0 | the exit status; the report is there, and says nothing of errors |
| fio gets SIGKILL | none | none | without \`thread\` the process that writes goes on writing |

So the trial reads all four, compares bytes and size, verifies without \`size\` and with \`readonly\`, and runs fio with \`thread\`. fio ends
a file's name at \`#\` and \`;\`: such names are refused.

## IOIntegrity

Its write command is \`--bs=128k--ioengine=libaio\`, without a blank: fio takes the dash for the end of the block size of reads,
and writes 4 KiB at a time with its default engine, psync. Nothing is synced: neither the data nor the two files that say what was
written last. With its protocol (put down the pattern, write, note the pattern as written, remove the first note) a power cut has two
outcomes that it judges wrongly, on ext4 and xfs:

| the power fails | what is there afterwards | its verdict | the truth |
|---|---|---|---|
| after a write that was reported complete | old data, the old note | passes | an acknowledged write is lost |
| when the data is on the disk and the first note is not | new data, the old note | critical error | the storage did nothing wrong |

This page is made from the tables in the code by \`npm run docs:reference\`; a test runs fio on every cell and holds the
tables to what happens (here with fio 3.33, by hand also with 3.42: they differ in the options that they know, and in no cell).
`;
