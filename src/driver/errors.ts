import { defineErrors, EXIT, errorsOf } from "../core/errors.ts";

/**
 * What the volume driver refuses or cannot do. Messages reach whoever asked the engine: they name the volume, the
 * option or the limit, and never the value of an option.
 */
export const DRIVER_ERRORS = defineErrors({
  BACK_END_AWAY: {
    title: "What the volumes are stored on cannot be asked",
    remedy: "Bring the storage back; what is mounted stays mounted, and the driver goes on by itself.",
    exit: EXIT.lab,
  },
  VOLUME_UNKNOWN: {
    title: "There is no such volume",
    remedy: "Create it first; `seatrial driver status` lists those there are.",
    exit: EXIT.usage,
  },
  VOLUME_DIFFERS: {
    title: "The volume exists with other options",
    remedy: "Leave the options out to use the volume as it is, or remove it first.",
    exit: EXIT.usage,
  },
  VOLUME_IN_USE: {
    title: "The volume is in use",
    remedy: "Stop the containers that use it; `seatrial driver status` shows who holds it.",
    exit: EXIT.usage,
  },
  VOLUME_NOT_MADE: {
    title: "The storage has refused to make or remove the volume",
    remedy: "Read the reason above; nothing was made, and trying again is safe.",
    exit: EXIT.lab,
  },
  MOUNT_BUSY: {
    title: "Something holds files open below a mount",
    remedy: "End what uses it; the driver unmounts it by itself then.",
    exit: EXIT.lab,
  },
  MOUNT_FAILED: {
    title: "The volume cannot be mounted or unmounted",
    remedy: "Read the reason above and the driver's log; nothing was counted, and trying again is safe.",
    exit: EXIT.lab,
  },
  MOUNT_FOREIGN: {
    title: "Something that is not the driver's lies on a mount point",
    remedy: "Unmount what was mounted there by hand, or move away what lies there.",
    exit: EXIT.lab,
  },
  REQUEST_REFUSED: {
    title: "The request is not one of the volume plugin protocol",
    remedy: "See what the message names; nothing was done.",
    exit: EXIT.usage,
  },
  NAME_REFUSED: {
    title: "A volume cannot have this name",
    remedy: "Begin with a letter or digit and go on with letters, digits, dots, dashes and underscores, 128 at most.",
    exit: EXIT.usage,
  },
  OPTION_REFUSED: {
    title: "An option of the volume is unknown or has a value that cannot be",
    remedy: "Correct it; `-o help` lists all options.",
    exit: EXIT.usage,
  },
  OPTION_HELP: {
    title: "The options of a volume were asked for",
    remedy: "Choose some of them; no volume was made.",
    exit: EXIT.usage,
  },
  DEADLINE_PASSED: {
    title: "The call took too long",
    remedy: "See whether the storage answers. What comes late is undone; trying again is safe.",
    exit: EXIT.lab,
  },
  DRIVER_ENDING: {
    title: "The driver is about to end",
    remedy: "Try again when it has been started again; mounts stay.",
    exit: EXIT.lab,
  },
  SOCKET_IN_USE: {
    title: "Another process listens on the socket",
    remedy: "End it first, or choose another --socket.",
    exit: EXIT.usage,
  },
  SOCKET_UNUSABLE: {
    title: "The driver cannot listen on the socket",
    remedy: "Give a path in an existing directory, 107 bytes at most, where no other file lies.",
    exit: EXIT.usage,
  },
  STATE_LOCKED: {
    title: "Another driver uses the state directory",
    remedy: "End it first, or give this one a --state of its own.",
    exit: EXIT.usage,
  },
  STATE_UNUSABLE: {
    title: "The state directory cannot be used",
    remedy: "Give a directory on a local disk with room, in which root may write.",
    exit: EXIT.lab,
  },
  METRICS_UNSERVED: {
    title: "The metrics cannot be served",
    remedy: "Choose another --metrics-port, or leave it out.",
    exit: EXIT.lab,
  },
  COMMAND_LATE: {
    title: "A program of the system did not end in time",
    remedy: "See whether the storage answers; the program was given up and is not waited for.",
    exit: EXIT.lab,
  },
  COMMAND_MISSING: {
    title: "A program of the system is missing",
    remedy: "Install the package that has it: util-linux for mount, umount and flock.",
    exit: EXIT.lab,
  },
});

/** Makes an error of the volume driver. */
export const driverError = errorsOf(DRIVER_ERRORS);
