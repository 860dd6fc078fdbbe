import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Owner } from "../../src/core/runtime.ts";
import { loopDevices } from "../../src/disk/loop-device.ts";
import { MARK_VARIABLE, ownerIn } from "../../src/disk/mark.ts";

/** The program that serves disks, as the test run has built it. */
export const DISK_SCRIPT = path.resolve("dist/disk/disk.cjs");

/** Processes and loop devices of an owner's disks, one line each. */
export function diskLeftovers(owner: Owner): string[] {
  const isTheirs = (text: string) => {
    const found = ownerIn(text);
    return found?.runId === owner.runId && found.lab === owner.lab;
  };
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isTheirs(markOf(name)));
  const devices = loopDevices().filter(({ file }) => isTheirs(file));
  return [...processes.map((pid) => `disk process ${pid}`), ...devices.map(({ device }) => `disk device ${device}`)];
}

function markOf(pid: string): string {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    return variables.find((variable) => variable.startsWith(`${MARK_VARIABLE}=`))?.replace(/^.*?=/, "") ?? "";
  } catch {
    return "";
  }
}
