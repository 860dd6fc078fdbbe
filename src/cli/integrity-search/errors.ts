import { defineErrors, EXIT, errorsOf } from "../../core/errors.ts";

export const searchErrors = defineErrors({
  SEARCH_NO_LOG: {
    title: "The run has no log of its disk",
    remedy: "Run `seatrial run integrity --disk ext4 --record on`, and search that run.",
    exit: EXIT.usage,
  },
  SEARCH_NO_PROMISES: {
    title: "The run promised nothing that a crash could break",
    remedy: "Search a run that wrote and synced: with --engine blocks, and any --sync but none.",
    exit: EXIT.usage,
  },
  SEARCH_POINT: {
    title: "There is no such crash",
    remedy:
      "Name a count of entries and survivors as the message says; a search without --replay-to chooses them itself.",
    exit: EXIT.usage,
  },
  SEARCH_NO_DISKS: {
    title: "No disk can be made on this machine to try states on",
    remedy: "Search as root on a Linux machine with FUSE and loop devices; `seatrial doctor` says what is missing.",
    exit: EXIT.lab,
  },
});

export const searchError = errorsOf(searchErrors);
