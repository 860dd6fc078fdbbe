import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/fixtures/folders.ts";
import { systemCode } from "../../../core/errors.ts";
import { acquireLock, currentOwner } from "./lock.ts";
import type { Owner } from "./records.ts";

function refusal(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return systemCode(error);
  }
  return undefined;
}

/** Leaves the lock of a process that is, but for these differences, this one. */
function leaveLock(file: string, differences: Partial<Owner>): void {
  const { host, bootId, pidNamespace, pid, startTicks } = { ...currentOwner(process.pid), ...differences };
  fs.writeFileSync(`${file}.lock~${[host, bootId, pidNamespace, pid, startTicks].join("~")}`, "");
}

describe("the lock of a data file", () => {
  test("has one holder, until it is released", () => {
    const folder = temporaryFolder();
    const file = path.join(folder, "journal");
    const lock = acquireLock(file, process.pid);
    expect(lock.isHeld()).toBe(true);
    expect(refusal(() => acquireLock(file, process.pid))).toBe("INTEGRITY_LOCKED");
    lock.release();
    lock.release();
    expect(lock.isHeld()).toBe(false);
    expect(fs.readdirSync(folder)).toEqual([]);
    acquireLock(file, process.pid).release();
  });

  test("is refused while another process runs that has it, and taken once that was killed", async () => {
    const file = path.join(temporaryFolder(), "journal");
    const child = spawn("cat");
    await once(child, "spawn");
    const pid = child.pid as number;
    acquireLock(file, pid);
    expect(refusal(() => acquireLock(file, process.pid))).toBe("INTEGRITY_LOCKED");
    expect(fs.readdirSync(path.dirname(file))).toHaveLength(1);
    child.kill("SIGKILL");
    await once(child, "close");
    const lock = acquireLock(file, process.pid);
    expect(lock.isHeld()).toBe(true);
    expect(fs.readdirSync(path.dirname(file))).toHaveLength(1);
    lock.release();
  });

  test.each<[what: string, differences: Partial<Owner>]>([
    ["another boot", { bootId: "other" }],
    ["a container of this name that was started again", { pidNamespace: "17" }],
    ["a process whose number went to another", { startTicks: "1" }],
    ["a process that is gone, where starts are not told", { pid: 2 ** 22 + 1, startTicks: "" }],
  ])("left by %s is taken over", (_what, differences) => {
    const file = path.join(temporaryFolder(), "journal");
    leaveLock(file, differences);
    acquireLock(file, process.pid).release();
    expect(fs.readdirSync(path.dirname(file))).toEqual([]);
  });

  test("of another host is taken over only by somebody who knows", () => {
    const file = path.join(temporaryFolder(), "journal");
    leaveLock(file, { host: "elsewhere", bootId: "other" });
    expect(refusal(() => acquireLock(file, process.pid))).toBe("INTEGRITY_LOCKED_ELSEWHERE");
    acquireLock(file, process.pid, { takeOver: true }).release();
    expect(fs.readdirSync(path.dirname(file))).toEqual([]);
  });

  test("is lost to somebody who takes it over", () => {
    const file = path.join(temporaryFolder(), "journal");
    const lock = acquireLock(file, process.pid);
    for (const name of fs.readdirSync(path.dirname(file))) fs.rmSync(path.join(path.dirname(file), name));
    expect(lock.isHeld()).toBe(false);
  });

  test("that cannot be read is nobody's to remove", () => {
    const file = path.join(temporaryFolder(), "journal");
    fs.writeFileSync(`${file}.lock~what`, "");
    expect(refusal(() => acquireLock(file, process.pid))).toBe("INTEGRITY_LOCKED");
    expect(fs.readdirSync(path.dirname(file))).toEqual(["journal.lock~what"]);
  });

  test("cannot be made where nothing can", () => {
    expect(refusal(() => acquireLock("/proc/journal", process.pid))).toBe("INTEGRITY_JOURNAL_IO");
  });
});
