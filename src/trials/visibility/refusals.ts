/** System errors by which a mount says that it does not offer a thing, or not to this user: no fault, and nothing to measure. */
const UNSUPPORTED = ["ENOTSUP", "EOPNOTSUPP", "ENOSYS", "ENODEV", "EINVAL", "EPERM", "EACCES", "EROFS"];

/** System errors that speak of the machine and not of the mount. */
const LAB_TROUBLE = ["ENOSPC", "EDQUOT", "EMFILE", "ENFILE", "ENOMEM"];

/** What a failed task means, by the system's code and the message. */
export type TaskTrouble = "unsupported" | "lab" | "broken";

/** A missing foreign function is unsupported; a failure without a code is the lab's own; every other code is the mount's. */
export function troubleOf(code: string | undefined, message: string): TaskTrouble {
  if (message.startsWith("foreign functions cannot be called here")) return "unsupported";
  if (code === undefined || LAB_TROUBLE.includes(code)) return "lab";
  return UNSUPPORTED.includes(code) ? "unsupported" : "broken";
}

/** The reason of a failed operation as it is recorded: it begins with the system's code where there is one. */
export function reasonOf(code: string | undefined, message: string): string {
  return code === undefined || message.startsWith(code) ? message : `${code}: ${message}`;
}

/** What a recorded reason means; the inverse of `reasonOf`. */
export function troubleIn(reason: string): TaskTrouble {
  return troubleOf(/^E[A-Z0-9]+/.exec(reason)?.[0], reason);
}
