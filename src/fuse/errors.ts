import { constants } from "node:os";
import { defineErrors, errorsOf, EXIT } from "../core/errors.ts";

export const FUSE_ERRORS = defineErrors({
  FUSE_UNAVAILABLE: {
    title: "The kernel's FUSE device cannot be used",
    remedy:
      "Load the module (modprobe fuse) and run as root, or inside a user namespace whose root may open /dev/fuse.",
    exit: EXIT.lab,
  },
  FUSE_MOUNT_FAILED: {
    title: "The FUSE file system could not be mounted",
    remedy: "Run as root (CAP_SYS_ADMIN) and name an existing, empty directory as the mount point.",
    exit: EXIT.lab,
  },
});

/** Makes an error of the FUSE layer. */
export const fuseError = errorsOf(FUSE_ERRORS);

/** The name of a Linux error number, as in errno(3). */
export type ErrnoName = keyof typeof constants.errno;

/** What an operation throws to answer a request with an error number; a Node system error serves as well. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly errno: number;

  constructor(code: ErrnoName) {
    super(code);
    this.errno = constants.errno[code];
  }
}

/** The positive error number that `error` carries; undefined for a defect. */
export function errnoOf(error: unknown): number | undefined {
  const errno = (error as { errno?: unknown } | null)?.errno;
  return typeof errno === "number" ? Math.abs(errno) : undefined;
}
