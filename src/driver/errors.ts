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
