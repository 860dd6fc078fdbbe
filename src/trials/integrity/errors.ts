import { defineErrors, EXIT, errorsOf } from "../../core/errors.ts";

export const integrityErrors = defineErrors({
  INTEGRITY_SUBJECT: {
    title: "More than one storage is named, or one that cannot be tried so",
    remedy: "Give one of --path, --volume and --disk, or none for a temporary directory.",
    exit: EXIT.usage,
  },
  INTEGRITY_GEOMETRY: {
    title: "The sizes do not fit together",
    remedy:
      "Make --size a multiple of --block-size, with at least one block for each worker, and the disk larger than both.",
    exit: EXIT.usage,
  },
  INTEGRITY_QUEUE: {
    title: "A queue of transfers cannot be kept",
    remedy: "Leave out --queue-depth: every worker then waits for each transfer before it makes the next.",
    exit: EXIT.usage,
  },
  INTEGRITY_ENGINE: {
    title: "What is asked of fio is not what it does here",
    remedy: "Leave the option out, or leave out --engine fio: our own blocks know all workloads, syncs and rates.",
    exit: EXIT.usage,
  },
  INTEGRITY_OPTION: {
    title: "A flag's value cannot be read",
    remedy: "Durations need a unit (250ms, 30s), so do sizes (64KiB, 5GiB); counts are whole numbers.",
    exit: EXIT.usage,
  },
  INTEGRITY_NOT_BACK: {
    title: "The container did not come back after a fault",
    remedy: "Look at the run's problems: the file system may not mount any more, which is a finding about the disk.",
    exit: EXIT.lab,
  },
  INTEGRITY_DIRECT_REFUSED: {
    title: "The file system refuses O_DIRECT",
    remedy: "Leave out --direct on: without it the page cache is used, and the report says so.",
    exit: EXIT.usage,
  },
  INTEGRITY_FIO_MISSING: {
    title: "There is no fio in the container that can be started",
    remedy: "Install fio on this machine or in the image that --image names, or leave out --engine fio.",
    exit: EXIT.lab,
  },
  INTEGRITY_FIO_UNFIT: {
    title: "This fio does not work with the storage",
    remedy: "Run the fio command of the message by hand in that directory; other storage or another version may do.",
    exit: EXIT.lab,
  },
  INTEGRITY_FIO_JOB: {
    title: "A job for fio is out of range",
    remedy:
      "Sizes are whole bytes, the file's a multiple of the block's; file names have no #, no ; and no blank at an end.",
    exit: EXIT.usage,
  },
  INTEGRITY_FIO_PATTERN: {
    title: "A pattern for fio cannot be read",
    remedy: "Write patterns as 0x and an even number of hex digits, at most 128, for example 0x0123456789abcdef.",
    exit: EXIT.usage,
  },
  INTEGRITY_FIO_FILE: {
    title: "The file is not what a job of fio would write over",
    remedy: "Keep it as evidence and verify it; then remove it, so that the next write job makes it anew.",
    exit: EXIT.lab,
  },
});

export const integrityError = errorsOf(integrityErrors);
