import { defineErrors, errorsOf } from "../core/errors.ts";

/** What can go wrong with run folders. */
export const STORE_ERRORS = defineErrors({
  RUN_NOT_FOUND: {
    title: "There is no such run",
    remedy: "List the runs with `seatrial ls`, or give the path of a run folder.",
    exit: 2,
  },
  RUN_UNREADABLE: {
    title: "The run folder cannot be read",
    remedy:
      "Give a folder that seatrial has written, with its manifest.json as it was, and check that you may read it.",
    exit: 2,
  },
  RUN_VERSION_UNSUPPORTED: {
    title: "The run was written by another version",
    remedy: "Read the run with the version of seatrial that wrote it, or with a newer one.",
    exit: 2,
  },
  RUN_FOLDER_NOT_WRITABLE: {
    title: "The run cannot be stored there",
    remedy: "Choose another folder with --out, or make this one writable for you.",
    exit: 3,
  },
  DISK_FULL: {
    title: "The file system of the run folder is full",
    remedy:
      "Free some space or choose another folder with --out, then run again. What was recorded before stays readable.",
    exit: 3,
  },
  IMPORT_UNREADABLE: {
    title: "The file to import cannot be read",
    remedy: "Give a JSON report of one of the kinds that `seatrial import --help` lists.",
    exit: 2,
  },
  IMPORT_UNKNOWN: {
    title: "The file is of no kind that can be imported",
    remedy: "Give a report of one of the kinds that `seatrial import --help` lists.",
    exit: 2,
  },
});

export const storeError = errorsOf(STORE_ERRORS);
