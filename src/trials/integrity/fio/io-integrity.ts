import { integrityError } from "../errors.ts";
import type { FioFault } from "./faults.ts";

/** What one of the two commands of IOIntegrity is made from. */
export interface IoIntegrityStep {
  step: "write" | "verify";
  file: string;
  sizeBytes: number;
  /** `0x` and an even number of hex digits, at most 64 bytes: the same for every write unless its configuration has several. */
  pattern: string;
}

/**
 * The command lines of IOIntegrity, token by token, for comparison; its verdict is the exit status and nothing else. The
 * write command lacks a blank: fio takes the dash in `128k--ioengine=libaio` for the end of the block size of reads and
 * finds none for writes, which stay at 4 KiB, as the engine stays psync. The verify command has no size, so that it
 * checks what is left of a file. @throws INTEGRITY_FIO_PATTERN
 */
export function ioIntegrityArguments({ step, file, sizeBytes, pattern }: IoIntegrityStep): string[] {
  checkPattern(pattern);
  const common = ["--name=rand", `--filename=${file}`];
  const marking = ["--iodepth=4", "--verify=pattern"];
  const rest = [`--do_verify=${step === "write" ? 0 : 1}`, `--verify_pattern=${pattern}`, "--overwrite=1"];
  if (step === "write")
    return [...common, `--size=${sizeBytes}`, "--rw=write", "--bs=128k--ioengine=libaio", ...marking, ...rest];
  return [...common, "--bs=128k", "--rw=read", "--ioengine=libaio", ...marking, ...rest];
}

function checkPattern(pattern: string): void {
  if (!/^0x([0-9a-f]{2}){1,64}$/i.test(pattern))
    throw integrityError("INTEGRITY_FIO_PATTERN", `"${pattern}" is no pattern of whole hex bytes`);
}

/** What passes both commands, whose verdict is the exit status; measured as `FIO_MODES` is. */
export const IO_INTEGRITY_UNSEEN: readonly FioFault[] = [
  "torn",
  "torn-sector",
  "sectors-swapped",
  "lost-write",
  "stale-file",
  "misdirected",
  "duplicated",
  "swapped",
  "from-the-future",
  "foreign-run",
  "zombie-writer",
  "truncated",
  "extended",
];
