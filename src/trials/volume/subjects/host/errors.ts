import { defineErrors, errorsOf, EXIT } from "../../../../core/errors.ts";

export const DRIVER_HOST_ERRORS = defineErrors({
  VOLUME_COMMAND_UNREADABLE: {
    title: "A command line cannot be read",
    remedy: 'Write words separated by blanks, quoted with "..." or \'...\'; for a shell\'s own words say sh -c "...".',
    exit: EXIT.usage,
  },
  VOLUME_COMMAND_FAILED: {
    title: "A command that the user gave has failed",
    remedy: "Run it by hand: it must end with status 0 once what it stands for is done.",
    exit: EXIT.lab,
  },
  VOLUME_SOCKET_PATH_TOO_LONG: {
    title: "The path of the driver's socket is too long",
    remedy: "Give a shorter directory with TMPDIR: the kernel takes 107 bytes.",
    exit: EXIT.lab,
  },
  VOLUME_HOST_FAILED: {
    title: "A host for a volume driver could not be made or ended",
    remedy:
      "Run as root, or where user namespaces are allowed, with unshare, nsenter and mount of util-linux 2.32 or newer.",
    exit: EXIT.lab,
  },
  VOLUME_DRIVER_FAILED: {
    title: "The volume driver does not answer",
    remedy:
      "Read what it printed, above; run its command line by hand, in the directory /, and ask its socket for /Plugin.Activate.",
    exit: EXIT.lab,
  },
});

/** Makes an error of hosts and of the drivers in them. */
export const hostError = errorsOf(DRIVER_HOST_ERRORS);
