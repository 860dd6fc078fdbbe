import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { diskError } from "./errors.ts";

/** Where system programs are looked for; a lab's own search path may lack the administrator's directories. */
const TOOL_DIRECTORIES = "/usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin".split(" ");

/** The variables that system programs are run with; their words are English then. */
export const TOOL_ENVIRONMENT = { PATH: TOOL_DIRECTORIES.join(":"), LC_ALL: "C" };

/** The path of a system program; undefined when it is not there. */
export function findTool(name: string): string | undefined {
  return TOOL_DIRECTORIES.map((directory) => path.join(directory, name)).find((file) => fs.existsSync(file));
}

/** No program here takes a second on a machine at ease. */
const TOOL_LIMIT_MS = 60_000;

/** Runs a system program to its end; gives what it printed. @throws SeatrialError DISK_TOOL_FAILED with its words */
export function runTool(command: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { env: TOOL_ENVIRONMENT, timeout: TOOL_LIMIT_MS }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout.trim());
      const said = stderr.trim() || error.message;
      reject(diskError("DISK_TOOL_FAILED", `${command} ${args.join(" ")}: ${said}`, { cause: error }));
    });
  });
}
