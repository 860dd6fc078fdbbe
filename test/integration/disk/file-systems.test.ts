import { afterEach, beforeEach, expect, test } from "vitest";
import { diskDamage, type FileSystem, PAGE_BYTES } from "../../../src/core/disk.ts";
import type { FaultDisk } from "../../../src/disk/disk.ts";
import { requires } from "../../requires.ts";
import { Machine } from "./machine.ts";
import { makeDisk, PATIENT, rules } from "./place.ts";

/** Pages of data begin with four times their letter; nothing that a file system writes for itself does. */
const prefixOf = (letter: string) => Buffer.alloc(4, letter).toString("hex");

/** What every file system must show on such a disk. */
function everyFileSystem(fileSystem: FileSystem): void {
  let disk: FaultDisk;
  let machine: Machine;

  /** Kills the machine with the power, and starts another one with the disk mounted. */
  async function cutPower() {
    const cut = await disk.cutPower();
    await machine.kill();
    await disk.powerOn();
    machine = await Machine.with(disk, PATIENT[fileSystem]);
    return cut;
  }

  beforeEach(async () => {
    disk = await makeDisk(fileSystem);
    machine = await Machine.with(disk, PATIENT[fileSystem]);
  });
  afterEach(async () => {
    await machine.kill();
    await disk[Symbol.asyncDispose]();
  });

  test("a power cut keeps what was synced and loses what came later", async () => {
    const before = disk.device;
    await machine.do("put", "synced", "whole", true);
    await machine.do("syncNames");
    await machine.do("put", "later", "content", false);
    await cutPower();
    expect(await machine.do("text", "synced")).toBe("whole");
    expect(["ENOENT", ""]).toContain(await machine.do("text", "later"));
    expect((await disk.statistics()).cuts).toBe(1);
    expect(disk.device).toMatch(/^\/dev\/loop\d+$/);
    expect(before).toMatch(/^\/dev\/loop\d+$/);
  });

  test("a flush that is a lie loses what was synced, and the disk says so", async () => {
    await machine.do("put", "synced", "whole", true);
    await machine.do("syncNames");
    await disk.setRules(rules({ on: "flush", action: "lie" }));
    expect(await machine.do("put", "lied", "content", true)).toBeUndefined();
    await machine.do("syncNames");
    const { lostAcknowledgedPages } = await cutPower();
    expect(lostAcknowledgedPages).toBeGreaterThan(0);
    expect(await machine.do("text", "synced")).toBe("whole");
    expect(["ENOENT", ""]).toContain(await machine.do("text", "lied"));
  });

  test("after a cut everything is an error to whoever still has it mounted", async () => {
    await machine.do("put", "synced", "whole", true);
    await disk.cutPower();
    expect(await machine.do("put", "synced", "changed", true)).toMatch(/^(EIO|EROFS)$/);
    await machine.kill();
    await disk.powerOn();
    machine = await Machine.with(disk);
    expect(await machine.do("text", "synced")).not.toBe("changed");
  });

  test("a refused write reaches fsync", async () => {
    await disk.setRules(rules({ on: "write", action: "error", prefix: prefixOf("x") }));
    expect(await machine.do("put", "file", "x".repeat(20_000), true)).toBe("EIO");
    expect((await disk.statistics()).hits[0]).toMatchObject({ what: "write error", head: "78".repeat(64) });
  });

  test("a refused flush reaches fsync", async () => {
    await disk.setRules(rules({ on: "flush", action: "error" }));
    expect(await machine.do("put", "file", "content", true)).toBe("EIO");
  });

  test("a file system that is read-only says so, and is writable again", async () => {
    await machine.do("hold", "file");
    await expect(disk.setReadOnly(true)).rejects.toMatchObject({ code: "DISK_BUSY" });
    await machine.do("letGo", "file");
    await disk.setReadOnly(true);
    expect(await machine.do("put", "file", "content", false)).toBe("EROFS");
    await disk.setReadOnly(true);
    await disk.setReadOnly(false);
    expect(await machine.do("put", "file", "content", false)).toBeUndefined();
  });

  test("the medium can be replaced below it while nobody has it mounted", async () => {
    await machine.do("put", "synced", "whole", true);
    expect(await machine.do("unmount")).toBeUndefined();
    await expect(disk.setReadOnly(true)).rejects.toMatchObject({ code: "DISK_NOT_MOUNTED" });
    expect(await disk.cutPower()).toEqual({ lostPages: 0, lostAcknowledgedPages: 0 });
    await expect(disk.shutDown(false)).rejects.toMatchObject({ code: "DISK_NO_POWER" });
    await disk.powerOn();
    expect(await machine.mount(disk)).toBeUndefined();
    expect(await machine.do("text", "synced")).toBe("whole");
  });
}

/** What those show that have no checksums of their own over data, and write in place. */
function plainFileSystem(fileSystem: FileSystem): void {
  let disk: FaultDisk;
  let machine: Machine;
  beforeEach(async () => {
    disk = await makeDisk(fileSystem);
    machine = await Machine.with(disk, PATIENT[fileSystem]);
    await machine.do("writePages", "file", "aaaa", true);
  });
  afterEach(async () => {
    await machine.kill();
    await disk[Symbol.asyncDispose]();
  });

  /** What a file of four pages that held `a` holds after `b` was written over it under the rule. */
  async function overwritten(rule: object): Promise<unknown> {
    await disk.setRules(rules({ on: "write", prefix: prefixOf("b"), ...rule }));
    expect(await machine.do("writePages", "file", "bbbb", true)).toBeUndefined();
    await disk.setRules([]);
    return machine.do("readPages", "file");
  }

  test("a dropped write leaves the old page", async () => {
    expect(await overwritten({ action: "drop", every: 2, times: 1 })).toBe("b4096 a4096 b4096 b4096");
    const { hits } = await disk.statistics();
    expect(hits).toEqual([{ what: "write drop", offset: expect.any(Number), head: "62".repeat(64) }]);
  });

  test("a torn write leaves half of it", async () => {
    expect(await overwritten({ action: "tear", times: 1, keepBytes: 1024 })).toBe("b1024-a3072 b4096 b4096 b4096");
  });

  test("a flipped bit is on the medium", async () => {
    const seen = await overwritten({ action: "flip", every: 4, bits: 1 });
    expect(seen).toMatch(/^b4096 b4096 b4096 (b\d+-)?[^b]1(-b\d+)?$/);
  });

  test("a misdirected write spoils two places", async () => {
    expect(await overwritten({ action: "misdirect", times: 1 })).toBe("b4096 a4096 b4096 b4096");
    const [hit] = (await disk.statistics()).hits;
    expect((hit?.offset ?? 0) - (hit?.otherOffset ?? 0)).toBe(PAGE_BYTES);
  });

  test("a read that fails, one that is stale, and what is right behind them", async () => {
    await machine.do("writePages", "file", "bbbb", true);
    await disk.setRules(rules({ on: "read", action: "stale", prefix: prefixOf("b"), every: 4 }));
    expect(await machine.do("readPages", "file")).toBe("b4096 b4096 b4096 a4096");
    await disk.setRules(rules({ on: "read", action: "error", prefix: prefixOf("b") }));
    expect(await machine.do("readPages", "file")).toBe("EIO");
    await disk.setRules([]);
    expect(await machine.do("readPages", "file")).toBe("b4096 b4096 b4096 b4096");
  });

  test("damage under it is read without an error", async () => {
    const hits = await disk.damage(diskDamage.parse({ how: "zero", prefix: prefixOf("a"), pages: 3 }));
    expect(hits).toHaveLength(3);
    const pages = String(await machine.do("readPages", "file")).split(" ");
    expect(pages.toSorted()).toEqual([".4096", ".4096", ".4096", "a4096"]);
  });

  test("a delay is waited for", async () => {
    await disk.setRules(rules({ on: "any", action: "delay", delayMs: 300, times: 1 }));
    const begunMs = performance.now();
    await machine.do("writePages", "file", "b", false);
    expect(performance.now() - begunMs).toBeGreaterThan(299);
  });

  test("a disk that is full below refuses what is new and takes what is old", async () => {
    await disk.setRules(rules({ on: "write", action: "no-space", prefix: prefixOf("c") }));
    expect(await machine.do("writePages", "file", "cccc", true)).toBeUndefined();
    // mkfs.xfs has written the first 32 pages, and new files come to lie there.
    expect(await machine.do("writePages", "other", "c".repeat(60), true)).toMatch(/^(ENOSPC|EIO)$/);
  });

  test("a shut-down stops it at once, and the log can be kept", async () => {
    await machine.do("put", "synced", "whole", true);
    await machine.do("syncNames");
    await machine.do("put", "named", "content", false);
    await disk.shutDown(true);
    expect(await machine.do("put", "other", "content", true)).toBe("EIO");
    await machine.do("unmount");
    await machine.mount(disk, PATIENT[fileSystem]);
    expect(await machine.do("text", "synced")).toBe("whole");
    expect(await machine.do("text", "named")).not.toMatch(/ENOENT|content/);
    await machine.do("put", "later", "content", false);
    await disk.shutDown(false);
    await machine.do("unmount");
    await machine.mount(disk);
    expect(await machine.do("text", "later")).toBe("ENOENT");
  });
}

requires("disk")("ext4 on a disk that lies", () => {
  everyFileSystem("ext4");
  plainFileSystem("ext4");
});

requires("disk", "xfs")("xfs on a disk that lies", () => {
  everyFileSystem("xfs");
  plainFileSystem("xfs");
});

requires("disk", "btrfs")("btrfs on a disk that lies", () => {
  everyFileSystem("btrfs");

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
