import { defineErrors, EXIT, errorsOf } from "../../core/errors.ts";

export const volumeErrors = defineErrors({
  VOLUME_SUBJECT: {
    title: "It is not clear which driver is meant, or what the suite may do to it",
    remedy:
      "Give --serve with the command that starts the driver, or --socket with one that runs, or neither for Seatrial's own.",
    exit: EXIT.usage,
  },
  VOLUME_OPTION: {
    title: "A flag's value cannot be read",
    remedy: "Options of volumes are written key=value, durations with a unit (25s, 500ms), counts as whole numbers.",
    exit: EXIT.usage,
  },
  VOLUME_CASE_UNKNOWN: {
    title: "There is no such case",
    remedy:
      "Name cases by their IDs (M06) or groups by their letters (M); docs/reference/volume-cases.md lists them all.",
    exit: EXIT.usage,
  },
  VOLUME_NO_CASE: {
    title: "No case is left to try",
    remedy: "Focus on more, or skip less.",
    exit: EXIT.usage,
  },
});

/** Makes the errors of this trial. */
export const volumeError = errorsOf(volumeErrors);
