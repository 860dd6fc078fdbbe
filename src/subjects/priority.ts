import os from "node:os";

/**
 * Lets this process run before others: what it stands for, a disk or a server elsewhere, would not wait for a processor
 * behind those who use it.
 */
export function runAheadOfOthers(): void {
  try {
    os.setPriority(os.constants.priority.PRIORITY_HIGHEST);
  } catch {
    // An ordinary user may not: its times are as exact as the machine is idle.
  }
}
