import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { messageOf, systemCode } from "../../../core/errors.ts";
import { journalError } from "./errors.ts";
import type { Owner } from "./records.ts";

/** A lock that is held. */
export interface Lock {
  owner: Owner;
  /** False once somebody else has taken it over: stop writing. */
  isHeld(): boolean;
  /** Safe to call twice. */
  release(): void;
}

/**
 * Makes the process `pid` the one writer of `file`. A lock is an empty file beside it whose name says whose it is, so
 * that no crash can leave half of one. Whoever wants it announces itself first and looks for others then: of two that
 * come at one time at least one sees the other, and only names of processes that are gone are ever removed.
 * @throws INTEGRITY_LOCKED, INTEGRITY_LOCKED_ELSEWHERE unless `takeOver`, INTEGRITY_JOURNAL_IO
 */
export function acquireLock(file: string, pid: number, options: { takeOver?: boolean } = {}): Lock {
  const owner = currentOwner(pid);
  const own = lockFile(file, owner);
  announce(own);
  const release = () => fs.rmSync(own, { force: true });
  try {
    for (const other of othersOf(file, own))
      if (isStale(other, owner, options)) fs.rmSync(lockFile(file, other), { force: true });
  } catch (error) {
    release();
    throw error;
  }
  return { owner, isHeld: () => fs.existsSync(own), release };
}

/** What tells the process `pid` of this machine from every other. */
export function currentOwner(pid: number): Owner {
  return {
    host:
      os
        .hostname()
        .replaceAll(/[^A-Za-z0-9.-]/g, "-")
        .slice(0, 64) || "localhost",
    bootId: readText("/proc/sys/kernel/random/boot_id"),
    pidNamespace: pidNamespace(),
    pid,
    startTicks: startTicks(pid),
  };
}

function lockFile(file: string, owner: Owner): string {
  const { host, bootId, pid } = owner;
  return `${file}.lock~${[host, bootId, owner.pidNamespace, pid, owner.startTicks].join("~")}`;
}

function announce(own: string): void {
  try {
    fs.closeSync(fs.openSync(own, "wx", 0o600));
  } catch (error) {
    if (systemCode(error) === "EEXIST")
      throw journalError("INTEGRITY_LOCKED", `this very process already holds ${own}`, { cause: error });
    throw journalError("INTEGRITY_JOURNAL_IO", `cannot make the lock ${own}: ${messageOf(error)}`, { cause: error });
  }
}

function othersOf(file: string, own: string): Owner[] {
  const folder = path.dirname(file);
  const names = fs.readdirSync(folder).filter((name) => name.startsWith(`${path.basename(file)}.lock~`));
  return names.filter((name) => name !== path.basename(own)).map((name) => parseOwner(file, name));
}

function parseOwner(file: string, name: string): Owner {
  const match = /^\.lock~([^~]+)~([^~]*)~(\d*)~(\d+)~(\d*)$/.exec(name.slice(path.basename(file).length));
  if (!match)
    throw journalError("INTEGRITY_LOCKED", `${name} is a lock that cannot be read`, { remedy: `Remove ${name}.` });
  const [, host = "", bootId = "", namespace = "", pid, ticks = ""] = match;
  return { host, bootId, pidNamespace: namespace, pid: Number(pid), startTicks: ticks };
}

/**
 * True when the holder is gone. Names of hosts are unique among those that run: one that was booted since, or a
 * container that was started again, has ended its processes of before.
 */
function isStale(other: Owner, own: Owner, { takeOver = false }: { takeOver?: boolean }): boolean {
  const who = `process ${other.pid} of ${other.host}`;
  if (other.host !== own.host) {
    if (takeOver) return true;
    throw journalError("INTEGRITY_LOCKED_ELSEWHERE", `${who} holds the lock, and this is ${own.host}`);
  }
  if (other.bootId !== own.bootId || other.pidNamespace !== own.pidNamespace) return true;
  if (!isRunning(other)) return true;
  throw journalError("INTEGRITY_LOCKED", `${who} holds the lock, and runs`);
}

function isRunning({ pid, startTicks: ticks }: Owner): boolean {
  if (ticks !== "") return startTicks(pid) === ticks;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}

/** Field 22 of proc_pid_stat(5), counted after the name, which may hold anything; "" for a process that is gone or a zombie. */
function startTicks(pid: number): string {
  const text = readText(`/proc/${pid}/stat`);
  const [state = "", ...rest] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return "ZX".includes(state) ? "" : (rest[18] ?? "");
}

function pidNamespace(): string {
  try {
    return fs.readlinkSync("/proc/self/ns/pid").replaceAll(/\D/g, "");
  } catch {
    return "";
  }
}

/** "" where the system does not tell. */
function readText(file: string): string {
  try {
    return fs.readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}
