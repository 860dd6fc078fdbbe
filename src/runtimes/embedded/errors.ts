import { defineErrors, EXIT, errorsOf } from "../../core/errors.ts";

/** What can go wrong where containers are made of this machine's own namespaces. */
export const embeddedErrors = defineErrors({
  EMBEDDED_BAD_SPEC: {
    title: "The container cannot be made as asked",
    remedy: "Correct the mounts of the container.",
    exit: EXIT.usage,
  },
  EMBEDDED_SOURCE_MISSING: {
    title: "A mount's source is missing",
    remedy: "Make the directory or file first, or correct its path.",
    exit: EXIT.lab,
  },
  EMBEDDED_PROGRAM_MISSING: {
    title: "A program that the container needs is not on this machine",
    remedy: "Install it (`apt-get install NAME`, `apk add NAME`, `dnf install NAME`), below /usr or /opt.",
    exit: EXIT.lab,
  },
  EMBEDDED_SETUP_FAILED: {
    title: "A container could not be set up",
    remedy: "Run `seatrial doctor`: it tries the same namespaces and says what this machine lacks.",
    exit: EXIT.lab,
  },
  EMBEDDED_NOT_RUNNING: {
    title: "The container is paused or has ended",
    remedy: "Resume it, or open the environment again.",
    exit: EXIT.lab,
  },
  EMBEDDED_STUCK: {
    title: "A container does not end",
    remedy: "End the server behind its mounts (or unmount them with `umount -f`), then run `seatrial sweep`.",
    exit: EXIT.lab,
  },
});

export const fail = errorsOf(embeddedErrors);
