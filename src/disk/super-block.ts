import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { systemCode } from "../core/errors.ts";
import { diskError } from "./errors.ts";
import { shutDown } from "./shut-down.ts";
import { TOOL_ENVIRONMENT } from "./tools.ts";

/** What is done to a file system that somebody has mounted. */
export type SuperBlockAct = { act: "shutDown"; keepLog: boolean } | { act: "setReadOnly"; readOnly: boolean };

/** What the process is told that does it. */
export type SuperBlockSettings = SuperBlockAct & {
  device: string;
  fileSystem: string;
  /** An empty directory of this process's own. */
  mountpoint: string;
  nativePath?: string;
};

/**
 * Mounts the same super block once more for a moment and acts on it. Everything here waits for the disk: never to be
 * called by the process that serves it.
 * @throws SeatrialError DISK_NOT_MOUNTED, DISK_NO_SHUTDOWN, DISK_BUSY, DISK_TOOL_FAILED
 */
export function actOnSuperBlock(settings: SuperBlockSettings): void {
  const { device, fileSystem, mountpoint } = settings;
  if (!isClaimed(device)) throw diskError("DISK_NOT_MOUNTED", `nobody has mounted ${device}`);
  const mount = (options: string) => run("mount", "-i", "-t", fileSystem, "-o", options, device, mountpoint);
  // One that is read-only cannot be mounted for writing a second time.
  const refusal = mount("rw") && mount("ro");
  if (refusal) throw diskError("DISK_TOOL_FAILED", refusal);
  try {
    if (settings.act === "shutDown") shutDown(mountpoint, settings.keepLog, settings.nativePath);
    else setReadOnly(mountpoint, settings.readOnly);
  } finally {
    run("umount", "-i", mountpoint);
  }
}

/** A mounted file system has its device for itself. */
function isClaimed(device: string): boolean {
  try {
    fs.closeSync(fs.openSync(device, fs.constants.O_RDONLY | fs.constants.O_EXCL));
    return false;
  } catch (error) {
    if (systemCode(error) === "EBUSY") return true;
    throw error;
  }
}

function setReadOnly(mountpoint: string, readOnly: boolean): void {
  const refusal = run("mount", "-i", "-o", `remount,${readOnly ? "ro" : "rw"}`, mountpoint);
  if (refusal) throw diskError(/busy/.test(refusal) ? "DISK_BUSY" : "DISK_TOOL_FAILED", refusal);
}

/** What a program said that failed; nothing when it did its work. */
function run(command: string, ...args: string[]): string {
  const { status, stderr, error } = spawnSync(command, args, { env: TOOL_ENVIRONMENT, encoding: "utf8" });
  return status === 0 ? "" : error?.message || stderr.trim() || `${command} ended with ${status}`;
}
