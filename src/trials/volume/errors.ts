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
  VOLUME_NOT_LISTENING: {
    title: "Nobody listens on the socket of the driver",
    remedy: "Start the driver, and name its socket; engines look in /run/docker/plugins, where only root may.",
    exit: EXIT.lab,
  },
  VOLUME_NO_CASE: {
    title: "No case is left to try",
    remedy: "Focus on more, or skip less.",
    exit: EXIT.usage,
  },
});

/** Makes the errors of this trial. */
export const volumeError = errorsOf(volumeErrors);
