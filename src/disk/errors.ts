import { defineErrors, errorsOf, EXIT } from "../core/errors.ts";

export const DISK_ERRORS = defineErrors({
  DISK_BAD_SPEC: {
    title: "A disk cannot be made as asked",
    remedy: "Correct the named setting of the disk.",
    exit: EXIT.usage,
  },
  DISK_TOO_SMALL: {
    title: "A disk is too small for its file system",
    remedy: "Make the disk larger, or choose ext4, which is content with 16 MiB.",
    exit: EXIT.usage,
  },
  DISK_TOOL_FAILED: {
    title: "A system program that a disk needs did not do its work",
    remedy: "Read the program's own words above; `seatrial doctor` says what this machine lacks.",
    exit: EXIT.lab,
  },
  DISK_NO_POWER: {
    title: "The disk has no power",
    remedy: "Restore the disk's power first.",
    exit: EXIT.usage,
  },
  DISK_STILL_MOUNTED: {
    title: "A disk's file system from before the power cut does not end",
    remedy: "End whatever still has the file system open or mounted, in any mount namespace; then restore the power.",
    exit: EXIT.lab,
  },
  DISK_NOT_MOUNTED: {
    title: "The disk's file system is not mounted",
    remedy: "Start a container that has the disk first.",
    exit: EXIT.usage,
  },
  DISK_NO_SHUTDOWN: {
    title: "The file system cannot be shut down",
    remedy: "Use ext4 or xfs; and where foreign functions cannot be loaded, install xfsprogs, python3 or perl.",
    exit: EXIT.lab,
  },
  DISK_BUSY: {
    title: "The file system cannot become read-only now",
    remedy: "Close the files that are open for writing; the kernel refuses the change as long as there are any.",
    exit: EXIT.lab,
  },
  DISK_MEDIUM_FAILED: {
    title: "What a disk is made of does not take its data any more",
    remedy: "Free space where the lab keeps its state: the disk lies there in a file without a name, as its log does.",
    exit: EXIT.lab,
  },
  DISK_BAD_LOG: {
    title: "A disk's log cannot be read",
    remedy: "Name a log that this version has written, and no part of one.",
    exit: EXIT.usage,
  },
});

/** Makes an error of the disks. */
export const diskError = errorsOf(DISK_ERRORS);
