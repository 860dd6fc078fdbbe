import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { diskDamage, type FileSystem, PAGE_BYTES } from "../../../src/core/disk.ts";
import { findSubjectProgram } from "../../../src/subjects/program.ts";
import { temporaryFolder } from "../../fixtures/folders.ts";
import { requires } from "../../requires.ts";
import { Machine } from "./machine.ts";
import { MountedDisk, PATIENT } from "./mounted-disk.ts";
import { makeDisk, rules } from "./place.ts";

/** Pages of data begin with four times their letter; nothing that a file system writes for itself does. */
const prefixOf = (letter: string) => Buffer.alloc(4, letter).toString("hex");

/** What a file of four pages that held `a` holds after `b` was written over it under the rule. */
async function overwritten(at: MountedDisk, rule: object): Promise<unknown> {
  await at.machine.do("writePages", "file", "aaaa", true);
  await at.disk.setRules(rules({ on: "write", prefix: prefixOf("b"), ...rule }));
  expect(await at.machine.do("writePages", "file", "bbbb", true)).toBeUndefined();
  await at.disk.setRules([]);
  return at.machine.do("readPages", "file");
}

/** What every file system must show when the power goes. */
function power(at: MountedDisk): void {
  test("a power cut keeps what was synced and loses what came later", async () => {
    await at.machine.do("put", "synced", "whole", true);
    await at.machine.do("syncNames");
    await at.machine.do("put", "later", "content", false);
    await at.cutPower();
    expect(await at.machine.do("text", "synced")).toBe("whole");
    expect(["ENOENT", ""]).toContain(await at.machine.do("text", "later"));
    expect((await at.disk.statistics()).cuts).toBe(1);
  });

  test("a flush that is a lie loses what was synced, and the disk says so", async () => {
    await at.machine.do("put", "synced", "whole", true);
    await at.machine.do("syncNames");
    await at.disk.setRules(rules({ on: "flush", action: "lie" }));
    expect(await at.machine.do("put", "lied", "content", true)).toBeUndefined();
    await at.machine.do("syncNames");
    const { lostAcknowledgedPages } = await at.cutPower();
    expect(lostAcknowledgedPages).toBeGreaterThan(0);
    expect(await at.machine.do("text", "synced")).toBe("whole");
    expect(["ENOENT", ""]).toContain(await at.machine.do("text", "lied"));
  });

  test("after a cut everything is an error to whoever still has it mounted", async () => {
    await at.machine.do("put", "synced", "whole", true);
    await at.disk.cutPower();
    expect(await at.machine.do("put", "synced", "changed", true)).toMatch(/^(EIO|EROFS)$/);
    await at.machine.kill();
    await at.disk.powerOn();
    at.machine = await Machine.with(at.disk);
    expect(await at.machine.do("text", "synced")).not.toBe("changed");
  });

  test("while nobody has it mounted the power comes and goes, and there is no super block to act on", async () => {
    await at.machine.do("put", "synced", "whole", true);
    expect(await at.machine.do("unmount")).toBeUndefined();
    await expect(at.disk.setReadOnly(true)).rejects.toMatchObject({ code: "DISK_NOT_MOUNTED" });
    expect(await at.disk.cutPower()).toEqual({ lostPages: 0, lostAcknowledgedPages: 0 });
    await expect(at.disk.shutDown(false)).rejects.toMatchObject({ code: "DISK_NO_POWER" });
    await at.disk.powerOn();
    expect(await at.machine.mount(at.disk)).toBeUndefined();
    expect(await at.machine.do("text", "synced")).toBe("whole");
  });
}

/** What every file system must tell of a disk that refuses. */
function refusals(at: MountedDisk): void {
  test("a refused write reaches fsync", async () => {
    await at.disk.setRules(rules({ on: "write", action: "error", prefix: prefixOf("x") }));
    expect(await at.machine.do("put", "file", "x".repeat(20_000), true)).toBe("EIO");
    expect((await at.disk.statistics()).hits[0]).toMatchObject({ what: "write error", head: "78".repeat(64) });
  });

  test("a refused flush reaches fsync", async () => {
    await at.disk.setRules(rules({ on: "flush", action: "error" }));
    expect(await at.machine.do("put", "file", "content", true)).toBe("EIO");
  });

  test("a file system that is read-only says so, and is writable again", async () => {
    await at.machine.do("hold", "file");
    await expect(at.disk.setReadOnly(true)).rejects.toMatchObject({ code: "DISK_BUSY" });
    await at.machine.do("letGo", "file");
    await at.disk.setReadOnly(true);
    expect(await at.machine.do("put", "file", "content", false)).toBe("EROFS");
    await at.disk.setReadOnly(true);
    await at.disk.setReadOnly(false);
    expect(await at.machine.do("put", "file", "content", false)).toBeUndefined();
  });
}

/** What is seen through a file system that writes in place and has no checksums of its own over data. */
function spoiltWrites(at: MountedDisk): void {
  test("a dropped write leaves the old page", async () => {
    expect(await overwritten(at, { action: "drop", every: 2, times: 1 })).toBe("b4096 a4096 b4096 b4096");
    const { hits } = await at.disk.statistics();
    expect(hits).toEqual([{ what: "write drop", offset: expect.any(Number), head: "62".repeat(64) }]);
  });

  test("a torn write leaves half of it", async () => {
    expect(await overwritten(at, { action: "tear", times: 1, keepBytes: 1024 })).toBe("b1024-a3072 b4096 b4096 b4096");
  });

  test("a flipped bit is on the medium", async () => {
    const seen = await overwritten(at, { action: "flip", every: 4, bits: 1 });
    expect(seen).toMatch(/^b4096 b4096 b4096 (b\d+-)?[^b]1(-b\d+)?$/);
  });

  test("a misdirected write spoils two places", async () => {
    expect(await overwritten(at, { action: "misdirect", times: 1 })).toBe("b4096 a4096 b4096 b4096");
    const [hit] = (await at.disk.statistics()).hits;
    expect((hit?.offset ?? 0) - (hit?.otherOffset ?? 0)).toBe(PAGE_BYTES);
  });
}

/** What is seen there of other faults. */
function spoiltReads(at: MountedDisk): void {
  test("a read that fails, one that is stale, and what is right behind them", async () => {
    await at.machine.do("writePages", "file", "aaaa", true);
    await at.machine.do("writePages", "file", "bbbb", true);
    await at.disk.setRules(rules({ on: "read", action: "stale", prefix: prefixOf("b"), every: 4 }));
    expect(await at.machine.do("readPages", "file")).toBe("b4096 b4096 b4096 a4096");
    await at.disk.setRules(rules({ on: "read", action: "error", prefix: prefixOf("b") }));
    expect(await at.machine.do("readPages", "file")).toBe("EIO");
    await at.disk.setRules([]);
    expect(await at.machine.do("readPages", "file")).toBe("b4096 b4096 b4096 b4096");
  });

  test("damage under it is read without an error", async () => {
    await at.machine.do("writePages", "file", "aaaa", true);
    const hits = await at.disk.damage(diskDamage.parse({ how: "zero", prefix: prefixOf("a"), pages: 3 }));
    expect(hits).toHaveLength(3);
    const pages = String(await at.machine.do("readPages", "file")).split(" ");
    expect(pages.toSorted()).toEqual([".4096", ".4096", ".4096", "a4096"]);
  });

  test("a delay is waited for", async () => {
    await at.disk.setRules(rules({ on: "any", action: "delay", delayMs: 300, times: 1 }));
    const begunMs = performance.now();
    await at.machine.do("writePages", "file", "b", false);
    expect(performance.now() - begunMs).toBeGreaterThan(299);
  });

  test("a disk that is full below refuses what is new and takes what is old", async () => {
    await at.machine.do("writePages", "file", "aaaa", true);
    await at.disk.setRules(rules({ on: "write", action: "no-space", prefix: prefixOf("c") }));
    expect(await at.machine.do("writePages", "file", "cccc", true)).toBeUndefined();
    // mkfs.xfs has written the first 32 pages, and new files come to lie there.
    expect(await at.machine.do("writePages", "other", "c".repeat(60), true)).toMatch(/^(ENOSPC|EIO)$/);
  });
}

/** What a file system that can be shut down shows. */
function shutDown(at: MountedDisk): void {
  test("a shut-down stops it at once, and the log can be kept", async () => {
    await at.machine.do("put", "synced", "whole", true);
    await at.machine.do("syncNames");
    await at.machine.do("put", "named", "content", false);
    await at.disk.shutDown(true);
    expect(await at.machine.do("put", "other", "content", true)).toBe("EIO");
    await at.machine.do("unmount");
    await at.machine.mount(at.disk, PATIENT[at.fileSystem]);
    expect(await at.machine.do("text", "synced")).toBe("whole");
    expect(await at.machine.do("text", "named")).not.toMatch(/ENOENT|content/);
    await at.machine.do("put", "later", "content", false);
    await at.disk.shutDown(false);
    await at.machine.do("unmount");
    await at.machine.mount(at.disk);
    expect(await at.machine.do("text", "later")).toBe("ENOENT");
  });
}

function everyKind(fileSystem: FileSystem, kinds: readonly ((at: MountedDisk) => void)[]): void {
  const at = new MountedDisk(fileSystem);
  for (const kind of kinds) kind(at);
}

requires("disk")("ext4 on a disk that lies", () => {
  everyKind("ext4", [power, refusals, spoiltWrites, spoiltReads, shutDown]);
});

requires("disk")("a disk where foreign functions cannot be loaded", () => {
  test("is shut down by a program that is found", async () => {
    const { nodePath, scriptPath } = findSubjectProgram("disk/disk");
    for (const program of [
      { nodePath, scriptPath },
      { nodePath, scriptPath, nativePath: "/nowhere/koffi.node" },
    ]) {
      await using disk = await makeDisk("ext4", { sizeBytes: 16 * 2 ** 20 }, { program });
      await using machine = await Machine.with(disk);
      await disk.shutDown(false);
      expect(await machine.do("put", "file", "content", true)).toBe("EIO");
    }
  });
});

requires("disk")("a disk whose program lies where nobody else's mounts are seen", () => {
  test("finds it again when it acts on its file system", async () => {
    const { nodePath, scriptPath } = findSubjectProgram("disk/disk");
    const copy = path.join(temporaryFolder(), "disk.cjs");
    fs.copyFileSync(scriptPath, copy);
    await using disk = await makeDisk("ext4", { sizeBytes: 16 * 2 ** 20 }, { program: { nodePath, scriptPath: copy } });
    await using machine = await Machine.with(disk);
    await disk.shutDown(false);
    expect(await machine.do("put", "file", "content", true)).toBe("EIO");
  });
});

requires("disk", "xfs")("xfs on a disk that lies", () => {
  everyKind("xfs", [power, refusals, spoiltWrites, spoiltReads, shutDown]);
});

requires("disk", "btrfs")("btrfs on a disk that lies", () => {
  everyKind("btrfs", [power, refusals]);

  test("it notices a flipped bit", async () => {
    await using disk = await makeDisk("btrfs");
    await using machine = await Machine.with(disk);
    await disk.setRules(rules({ on: "write", action: "flip", prefix: prefixOf("b") }));
    await machine.do("writePages", "file", "bbbb", true);
    expect(await machine.do("readPages", "file")).toBe("EIO");
  });

  test("it cannot be shut down", async () => {
    await using disk = await makeDisk("btrfs");
    await using machine = await Machine.with(disk);
    await expect(disk.shutDown(false)).rejects.toMatchObject({ code: "DISK_NO_SHUTDOWN" });
    expect(await machine.do("put", "file", "content", true)).toBeUndefined();
  });
});
