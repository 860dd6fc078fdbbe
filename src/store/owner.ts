import { readFileSync } from "node:fs";
import os from "node:os";
import type { Owner } from "../core/runtime.ts";

/** What `Owner.lab` is made of. */
interface LabProcess {
  bootId: string;
  pid: number;
  /** Clock ticks from boot to the start of the process; "" where the system does not tell. */
  startTicks: string;
  host: string;
}

/** The owner that the process `pid` of this machine is, or was. */
export function currentOwner(runId: string, pid: number): Owner {
  const startTicks = processStat(pid)?.startTicks ?? "";
  return { runId, lab: [bootId(), pid, startTicks, hostName()].join(":") };
}

/**
 * Whether the owner's process runs. One of another machine, or of another container that shares an engine with this
 * one, cannot be looked for from here and counts as alive: what is not known to be left over is never removed.
 */
export function isAlive(owner: Owner): boolean {
  const lab = parseLab(owner.lab);
  if (!lab || lab.host !== hostName()) return true;
  if (lab.bootId !== bootId()) return false;
  return lab.startTicks === "" ? answersSignals(lab.pid) : isRunning(lab.pid, lab.startTicks);
}

/** Whether this machine has not been booted since: only then can a process id of the owner's mean the same process. */
export function isOfThisBoot(owner: Owner): boolean {
  const lab = parseLab(owner.lab);
  return lab !== undefined && lab.host === hostName() && lab.bootId === bootId();
}

/** Whether `pid` is still the process that started then. One that has ended but was not waited for does not count. */
export function isRunning(pid: number, startTicks: string): boolean {
  const stat = processStat(pid);
  return stat !== undefined && stat.startTicks === startTicks && stat.state !== "Z" && stat.state !== "X";
}

/** Reads `/proc/PID/stat`; undefined when there is no such process, or no such file system. */
export function processStat(pid: number): { state: string; startTicks: string } | undefined {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return undefined;
  }
}

/** proc_pid_stat(5): field 2 is a name that may hold blanks and parentheses, so the count begins after its last one. */
export function parseProcessStat(text: string): { state: string; startTicks: string } | undefined {
  const [state, ...rest] = text
    .slice(text.lastIndexOf(")") + 1)
    .trim()
    .split(" ");
  const startTicks = rest[22 - 4];
  return state && startTicks && /^\d+$/.test(startTicks) ? { state, startTicks } : undefined;
}

function parseLab(lab: string): LabProcess | undefined {
  const match = /^([^:]*):(\d+):(\d*):([^:]+)$/.exec(lab);
  if (!match) return undefined;
  const [, boot = "", pid, startTicks = "", host = ""] = match;
  return { bootId: boot, pid: Number(pid), startTicks, host };
}

/** Differs after every boot; "" where the system does not tell. */
function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

function hostName(): string {
  return os.hostname().replaceAll(/[:/\s]/g, "-") || "localhost";
}

/** Where start times are not told: a process of that number, whichever it is. */
function answersSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
