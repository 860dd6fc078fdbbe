import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { PAGE_BYTES } from "../../../src/core/disk.ts";
import type { FaultDisk } from "../../../src/disk/disk.ts";
import { DiskLog } from "../../../src/disk/log.ts";
import { attachLoop, detachLoop, isAttached, loopDevices } from "../../../src/disk/loop-device.ts";
import { ownerIn } from "../../../src/disk/mark.ts";
import { replayLog } from "../../../src/disk/replay.ts";
import { diskProcesses, sweepDisks } from "../../../src/disk/sweep.ts";
import { currentOwner, isAlive } from "../../../src/store/owner.ts";
import { findSubjectProgram } from "../../../src/subjects/program.ts";
import { requires } from "../../requires.ts";
import { Machine } from "./machine.ts";
import { makeDisk } from "./place.ts";

const never = new AbortController().signal;
const devicesOf = (runId: string) => loopDevices().filter(({ file }) => ownerIn(file)?.runId === runId);

/** Processes of a run's disks: each is an `unshare` and the server that it runs. */
const processesOf = (runId: string) =>
  [...diskProcesses()].flatMap(([mark, pids]) => (ownerIn(mark)?.runId === runId ? pids : []));

requires("disk")("the process of a disk", () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "disk-process-"));
  const lab = path.join(directory, "lab.mjs");
  beforeAll(() => {
    const entryPoints = ["test/integration/disk/lab-process.ts"];
    buildSync({ entryPoints, outfile: lab, bundle: true, platform: "node", format: "esm", logLevel: "warning" });
  });
  afterAll(() => fs.rmSync(directory, { recursive: true }));

  /** A lab with a disk, which it says the device of. */
  async function startLab(): Promise<{ runId: string; child: ChildProcess; device: string }> {
    const runId = `disk-lab-${randomUUID()}`;
    const args = [lab, findSubjectProgram("disk/disk").scriptPath, runId];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    let said = "";
    child.stdout.on("data", (text: Buffer) => {
      said += text.toString();
    });
    await expect.poll(() => said).toContain("\n");
    return { runId, child, device: said.trim() };
  }

  test("counts what is asked of it", async () => {
    await using disk = await makeDisk("ext4");
    const before = await disk.statistics();
    await using machine = await Machine.with(disk);
    await machine.do("writePages", "file", "abcd", true);
    const after = await disk.statistics();
    expect(after.writtenBytes - before.writtenBytes).toBeGreaterThanOrEqual(4 * PAGE_BYTES);
    expect(after.writes).toBeGreaterThan(before.writes);
    expect(after.flushes).toBeGreaterThan(before.flushes);
    expect(after.readBytes).toBeGreaterThan(before.readBytes);
    expect(after).toMatchObject({ cuts: 0, hitCount: 0, hits: [] });
    await machine.do("writePages", "file", "efgh", false);
    expect((await disk.statistics()).cachedPages).toBeGreaterThanOrEqual(4);
  });

  test("logs what it was sent, on the lab's time line, and a replay is the disk at each flush", async () => {
    const log = path.join(directory, "log");
    const originNs = process.hrtime.bigint();
    await using disk = await makeDisk("ext4", { log }, { originNs });
    await using machine = await Machine.with(disk);
    const beginNs = Number(process.hrtime.bigint() - originNs);
    await machine.do("writePages", "file", "zzzz", true);
    const endNs = Number(process.hrtime.bigint() - originNs);
    await machine.do("unmount");
    const image = path.join(directory, "image");
    const { tornBytes } = await replayLog(log, image, { survivors: "all" });
    expect(tornBytes).toBe(0);
    const isSame = spawnSync("cmp", [image, disk.device], { encoding: "utf8" });
    expect(isSame.stdout + isSame.stderr).toBe("");
    await using read = await DiskLog.open(log);
    expect(read.originNs).toBe(originNs);
    let flushes = 0;
    let written = { atFlush: -1, timeNs: -1 };
    for await (const entry of read.entries()) {
      if (entry.kind === "flush") flushes++;
      if (entry.kind === "write" && entry.bytes.subarray(0, 4).toString() === "zzzz") {
        written = { atFlush: flushes, timeNs: entry.timeNs };
      }
    }
    expect(written.timeNs).toBeGreaterThan(beginNs);
    expect(written.timeNs).toBeLessThan(endNs);
    const holds = async (untilFlush: number) => {
      await replayLog(log, image, { untilFlush });
      return fs.readFileSync(image).includes("z".repeat(4 * PAGE_BYTES));
    };
    expect([await holds(written.atFlush), await holds(written.atFlush + 1)]).toEqual([false, true]);
  });

  test("gets whole pages, wherever their buffer begins in memory", async () => {
    const log = path.join(directory, "shifted");
    await using disk = await makeDisk("ext4", { log });
    await using machine = await Machine.with(disk);
    await machine.do("writePages", "file", "z".repeat(60), true, 512);
    await using read = await DiskLog.open(log);
    const sizes: number[] = [];
    for await (const entry of read.entries()) {
      if (entry.kind === "write" && entry.bytes.subarray(0, 4).toString() === "zzzz") sizes.push(entry.bytes.length);
    }
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(60 * PAGE_BYTES);
    expect(sizes.filter((size) => size % PAGE_BYTES !== 0)).toEqual([]);
  });

  test("waits with the power until nobody has the old file system any more", async () => {
    await using disk = await makeDisk("ext4");
    await using machine = await Machine.with(disk);
    const { device } = disk;
    await disk.cutPower();
    let isOn = false;
    const on = disk.powerOn().then(() => {
      isOn = true;
    });
    expect(await machine.do("put", "file", "content", true)).toMatch(/^(EIO|EROFS)$/);
    expect(isOn).toBe(false);
    expect(loopDevices().find((loop) => loop.device === device)?.goesByItself).toBe(true);
    await machine.kill();
    await on;
    await using next = await Machine.with(disk);
    expect(await next.do("put", "file", "content", true)).toBeUndefined();
  });

  test("tells two disks apart, and a fault of one does not reach the other", async () => {
    const disks: FaultDisk[] = await Promise.all([makeDisk("ext4"), makeDisk("ext4")]);
    const machines = await Promise.all(disks.map((disk) => Machine.with(disk)));
    expect(new Set(disks.map(({ device }) => device)).size).toBe(2);
    await disks[0]?.cutPower();
    expect(await machines[1]?.do("put", "file", "content", true)).toBeUndefined();
    await machines[0]?.kill();
    // The second one was made while the first was mounted, and holds nothing of it.
    await disks[0]?.powerOn();
    await Promise.all(machines.map((machine) => machine.kill()));
    await Promise.all(disks.map((disk) => disk[Symbol.asyncDispose]()));
  });

  test("what is wrong with its start is said, and nothing stays", async () => {
    const owner = currentOwner(`disk-failing-${randomUUID()}`, process.pid);
    await expect(makeDisk("ext4", { log: path.join(directory, "none", "log") }, { owner })).rejects.toMatchObject({
      code: "DISK_MEDIUM_FAILED",
      message: expect.stringContaining("ENOENT"),
    });
    await expect(makeDisk("ext4", {}, { owner, stateDir: path.join(directory, "none") })).rejects.toThrow("ENOENT");
    const abort = new AbortController();
    const opening = makeDisk("ext4", {}, { owner, signal: abort.signal });
    abort.abort(new Error("stopped"));
    await expect(opening).rejects.toThrow("stopped");
    await expect.poll(() => [processesOf(owner.runId), devicesOf(owner.runId)]).toEqual([[], []]);
  });

  test("a lab that is killed takes it along", async () => {
    const { runId, child } = await startLab();
    expect([processesOf(runId).length, devicesOf(runId).length]).toEqual([2, 1]);
    child.kill("SIGKILL");
    await expect.poll(() => [processesOf(runId), devicesOf(runId)]).toEqual([[], []]);
  });

  test("a server that is killed leaves a device, which a sweep takes away, and only that", async () => {
    const [dead, alive] = [await startLab(), await startLab()];
    const image = path.join(directory, "foreign");
    fs.writeFileSync(image, Buffer.alloc(PAGE_BYTES));
    const foreign = await attachLoop(image);
    try {
      for (const pid of processesOf(dead.runId)) process.kill(pid, "SIGKILL");
      dead.child.kill("SIGKILL");
      await once(dead.child, "close");
      await expect.poll(() => processesOf(dead.runId)).toEqual([]);
      expect(devicesOf(dead.runId)).toHaveLength(1);
      const told = await sweepDisks(isAlive, never);
      expect(told).toContain(`${dead.device} of run ${dead.runId}: detached`);
      await expect.poll(() => devicesOf(dead.runId)).toEqual([]);
      expect([isAttached(foreign, image), devicesOf(alive.runId).length]).toEqual([true, 1]);
      expect(told.filter((line) => line.includes(alive.runId))).toEqual([]);
    } finally {
      await detachLoop(foreign, image);
    }
  });

  test("a sweep ends the server of a dead lab that cannot end by itself", async () => {
    const { runId, child } = await startLab();
    const pids = processesOf(runId);
    expect(pids).toHaveLength(2);
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    child.kill("SIGKILL");
    await once(child, "close");
    const told = await sweepDisks(isAlive, never);
    expect(told).toContain(`ended a disk of run ${runId}`);
    await expect.poll(() => [processesOf(runId), devicesOf(runId)]).toEqual([[], []]);
  });

  test("a server that dies under a living lab is told, and disposing leaves nothing", async () => {
    const disk = await makeDisk("ext4");
    const runId = ownerIn(loopDevices().find(({ device }) => device === disk.device)?.file ?? "")?.runId ?? "";
    for (const pid of processesOf(runId)) process.kill(pid, "SIGKILL");
    await expect(disk.statistics()).rejects.toMatchObject({ code: "SUBJECT_FAILED" });
    await disk[Symbol.asyncDispose]();
    await disk[Symbol.asyncDispose]();
    await expect.poll(() => [processesOf(runId), devicesOf(runId)]).toEqual([[], []]);
  });
});
