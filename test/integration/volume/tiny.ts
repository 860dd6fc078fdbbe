import fs from "node:fs";
import path from "node:path";

/** The throw-away driver of these tests. */
export const DRIVER = path.resolve("test/integration/volume/tiny-driver.mjs");

/** The command line that serves it; deaf: to SIGTERM, dumb: never listens. */
export function serveCommand(manner?: "deaf" | "dumb"): string {
  return `"${process.execPath}" "${DRIVER}" {socket} {state} {root} {shared} ${manner ?? ""}`;
}

/** The words of a process; "" for one that has ended meanwhile. */
export function commandOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** False for one that has ended and nobody has asked yet how, too. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
