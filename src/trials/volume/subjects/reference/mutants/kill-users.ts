import { readdirSync, readlinkSync } from "node:fs";
import { isWithin } from "../../../../../core/mount-info.ts";

/** Ends all processes of this host that have a file below the directory open. */
export function killUsers(directory: string): void {
  const users = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && usesBelow(entry, directory));
  for (const user of users) process.kill(Number(user), "SIGKILL");
}

function usesBelow(user: string, directory: string): boolean {
  try {
    const descriptors = `/proc/${user}/fd`;
    return readdirSync(descriptors).some((each) => isWithin(readlinkSync(`${descriptors}/${each}`), directory));
  } catch {
    // It has ended, or has closed the file.
    return false;
  }
}
