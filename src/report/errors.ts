import { defineErrors, errorsOf } from "../core/errors.ts";

/** What can go wrong with a finished report. */
export const REPORT_ERRORS = defineErrors({
  REPORT_UNREADABLE: {
    title: "The report cannot be read",
    remedy: "Make it anew from the recorded run with `seatrial recheck RUN`.",
    exit: 2,
  },
  REPORT_VERSION_UNSUPPORTED: {
    title: "The report was written by another version",
    remedy:
      "Read it with the version of seatrial that wrote it or a newer one, or make it anew with `seatrial recheck RUN`.",
    exit: 2,
  },
});

export const reportError = errorsOf(REPORT_ERRORS);
