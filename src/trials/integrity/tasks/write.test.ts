import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { taskContext } from "../../../../test/fixtures/task-context.ts";
import type { TaskContext } from "../../../agent/protocol.ts";
import type { Region, VerifyResult, Workload, WriteResult } from "../model.ts";
import { SessionLog } from "../oracle/session-log.ts";
import { createIntegrityTasks } from "./index.ts";

const REGIONS: Region[] = [
  { id: 1, kind: "in-place", slots: 16, slotBytes: 4096 },
  { id: 2, kind: "files", slots: 4, slotBytes: 8192 },
];

const IN_PLACE = REGIONS.slice(0, 1);

let directory = "";
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-write-"));
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

function workloadOf(sync: Workload["sync"], regions = REGIONS): Workload {
  return { runId: "00112233445566778899aabbccddeeff", regions, workers: 1, order: "sequential", sync };
}

/** In the place of the first region stands a device. */
function replaceBy(device: string): void {
  fs.rmSync(path.join(directory, "region-1.data"));
  fs.symlinkSync(device, path.join(directory, "region-1.data"));
}

/** The flags of this process's descriptor for a file, as proc_pid_fdinfo(5) has them. */
function openedWith(name: string): number {
  const target = fs.realpathSync(path.join(directory, name));
  const descriptor = fs.readdirSync("/proc/self/fd").find((fd) => targetOf(`/proc/self/fd/${fd}`) === target);
  const info = fs.readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8");
  return Number.parseInt(/^flags:\s+(\d+)$/m.exec(info)?.[1] ?? "0", 8);
}

function targetOf(link: string): string | undefined {
  try {
    return fs.readlinkSync(link);
  } catch {
    return undefined;
  }
}

/** The tasks without threads, in this very process. */
function createAgent(workload: Workload) {
  const tasks = createIntegrityTasks(taskContext().native);
  const call = (name: string, input: object, context: TaskContext = taskContext()): unknown =>
    (tasks[name] as (input: unknown, context: TaskContext) => unknown)(input, context);
  const base = { directory, workload, worker: 0, epoch: 1, direct: false };
  call("integrity.prepare", { directory, workload });
  return {
    write: (from: number, to: number, more: object = {}, context?: TaskContext) =>
      call("integrity.write", { ...base, from, to, ...more }, context) as Promise<WriteResult>,
    verify: (log: SessionLog, more: object = {}) =>
      call("integrity.verify", {
        directory,
        promised: log.promised(),
        path: "buffered",
        settle: false,
        ...more,
      }) as Promise<VerifyResult>,
  };
}

describe("syncs", () => {
  test("fall on every so many steps, over the ends of stretches, and at the end when it is asked for", async () => {
    const agent = createAgent(workloadOf({ call: "fsync", everySteps: 4 }));
    expect(await agent.write(0, 3)).toMatchObject({ reached: 3, synced: 0 });
    expect(await agent.write(3, 9)).toMatchObject({ reached: 9, synced: 8 });
    expect(await agent.write(9, 9, { finish: true })).toMatchObject({ reached: 9, synced: 9 });
  });

  test("that succeeded are told, not each of them but always the last one", async () => {
    const agent = createAgent(workloadOf({ call: "o_dsync", everySteps: 1000 }, IN_PLACE));
    replaceBy("/dev/null");
    const context = taskContext();
    await agent.write(0, 200, {}, context);
    expect(context.told.at(-1)).toEqual({ worker: 0, synced: 200 });
    expect(context.told.length).toBeLessThan(200);
  });

  test("are not needed for what is durable by itself", async () => {
    const agent = createAgent(workloadOf({ call: "o_dsync", everySteps: 1000 }, IN_PLACE));
    expect(await agent.write(0, 5)).toMatchObject({ synced: 5, syncNs: { counts: [] } });
    expect(openedWith("region-1.data") & fs.constants.O_DSYNC).not.toBe(0);
  });

  test("of a directory are needed for its names, whatever its files do", async () => {
    const agent = createAgent(workloadOf({ call: "o_dsync", everySteps: 1000 }));
    expect(await agent.write(0, 5)).toMatchObject({ synced: 0 });
    expect(await agent.write(5, 5, { finish: true })).toMatchObject({ synced: 5 });
  });
});

describe("a stretch", () => {
  test("of files that are made and unlinked counts only bytes that were written", async () => {
    const agent = createAgent(workloadOf({ call: "fsync", everySteps: 4 }, REGIONS.slice(1)));
    const { writtenBytes, writeNs } = await agent.write(0, 8);
    expect(writtenBytes).toBe(4 * 8192);
    expect(writeNs.counts.reduce((sum, count) => sum + count, 0)).toBe(4);
    expect(fs.readdirSync(path.join(directory, "region-2"))).toEqual([]);
  });

  test("is held back to a rate", async () => {
    const agent = createAgent(workloadOf({ call: "none", everySteps: 1 }, IN_PLACE));
    const { durationNs, writtenBytes } = await agent.write(0, 16, { rateBytesPerSecond: 16 * 4096 * 20 });
    expect(writtenBytes).toBe(16 * 4096);
    expect(durationNs).toBeGreaterThanOrEqual(50e6);
  });

  test("that was cancelled before it began has begun nothing", async () => {
    const agent = createAgent(workloadOf({ call: "fsync", everySteps: 4 }));
    const signal = AbortSignal.abort();
    expect(await agent.write(0, 100, {}, taskContext({ signal }))).toMatchObject({ reached: 0, synced: 0 });
  });

  test("is given up after 20 failed writes, each of them doomed", async () => {
    const agent = createAgent(workloadOf({ call: "fsync", everySteps: 4 }));
    fs.rmSync(path.join(directory, "region-1.data"));
    fs.rmSync(path.join(directory, "region-2"), { recursive: true });
    const context = taskContext();
    const result = await agent.write(0, 100, {}, context);
    expect(result).toMatchObject({ reached: 20, failureCount: 20, doomed: [[0, 20]], writtenBytes: 0 });
    expect(result.failures).toHaveLength(20);
    expect(result.failures[0]).toEqual({ step: 0, call: "open", systemCode: "ENOENT" });
    expect(context.told).toEqual([]);
  });
});

describe("a storage that refuses", () => {
  test("a sync dooms all since the last good one, and ends the stretch", async () => {
    const agent = createAgent(workloadOf({ call: "fsync", everySteps: 4 }, IN_PLACE));
    expect(await agent.write(0, 6)).toMatchObject({ synced: 4, doomed: [] });
    // It takes writes, and answers EINVAL to fsync(2). Another epoch opens it anew.
    replaceBy("/dev/null");
    const refused = await agent.write(6, 100, { epoch: 2 });
    expect(refused).toMatchObject({ reached: 8, synced: 6, doomed: [[6, 8]], failureCount: 1 });
    expect(refused.failures).toEqual([{ step: 7, call: "sync", systemCode: "EINVAL" }]);
    expect(await agent.write(8, 100, { epoch: 2 })).toMatchObject({ reached: 12, synced: 6, doomed: [[8, 12]] });
  });

  test("a write dooms its own step, and later ones go on", async () => {
    const agent = createAgent(workloadOf({ call: "none", everySteps: 4 }, IN_PLACE));
    replaceBy("/dev/full");
    const refused = await agent.write(0, 3);
    expect(refused).toMatchObject({ reached: 3, doomed: [[0, 3]], failureCount: 3, writtenBytes: 0 });
    expect(refused.failures.map(({ call, systemCode }) => `${call} ${systemCode}`)).toEqual(
      Array(3).fill("write ENOSPC"),
    );
  });

  test("the sync of one file dooms as much", async () => {
    const region: Region = { id: 4, kind: "replace", slots: 4, slotBytes: 4096 };
    const agent = createAgent(workloadOf({ call: "fsync", everySteps: 2 }, [region]));
    fs.symlinkSync("/dev/null", path.join(directory, "region-4", "slot-000003.new"));
    const refused = await agent.write(0, 100);
    expect(refused).toMatchObject({ reached: 4, synced: 2, doomed: [[2, 4]] });
    expect(refused.failures).toEqual([{ step: 3, call: "sync", systemCode: "EINVAL" }]);
  });

  test("a file that is away already need not be unlinked", async () => {
    const agent = createAgent(workloadOf({ call: "fsync", everySteps: 4 }, REGIONS.slice(1)));
    await agent.write(0, 4);
    fs.rmSync(path.join(directory, "region-2", "slot-000002"));
    expect(await agent.write(4, 8)).toMatchObject({ synced: 8, failureCount: 0 });
  });

  test("a sync before a verification leaves nothing settled", async () => {
    const workload = workloadOf({ call: "none", everySteps: 4 }, IN_PLACE);
    const agent = createAgent(workload);
    const log = new SessionLog(workload);
    log.begin();
    expect((await agent.verify(log, { settle: true })).settled).toEqual([]);
    replaceBy("/dev/null");
    expect((await agent.verify(log, { settle: true })).settled).toBeUndefined();
  });
});

describe("the backlog", () => {
  const backlog = { slots: 4, everySteps: 8 };

  test("is clean on an honest storage, files that come and go included", async () => {
    const agent = createAgent(workloadOf({ call: "fsync", everySteps: 4 }));
    const { backlog: seen } = await agent.write(0, 64, { backlog });
    expect(seen).toEqual({ slots: 32, damages: [], damageCount: 0 });
  });

  test("leaves out what a failed write may have touched", async () => {
    const region: Region = { id: 4, kind: "replace", slots: 4, slotBytes: 4096 };
    const agent = createAgent(workloadOf({ call: "fsync", everySteps: 4 }, [region]));
    await agent.write(0, 4, { backlog: { slots: 10, everySteps: 1000 } });
    fs.mkdirSync(path.join(directory, "region-4", "slot-000000.new"));
    const { failures, backlog: seen } = await agent.write(4, 5, { backlog: { slots: 10, everySteps: 1 } });
    expect(failures).toEqual([{ step: 4, call: "open", systemCode: "EISDIR" }]);
    expect(seen).toEqual({ slots: 3, damages: [], damageCount: 0 });
  });

  test("shows a write that was lost, while writing goes on", async () => {
    const agent = createAgent(workloadOf({ call: "fsync", everySteps: 4 }, IN_PLACE));
    await agent.write(0, 16);
    const before = fs.readFileSync(path.join(directory, "region-1.data"));
    await agent.write(16, 20, { backlog });
    fs.writeFileSync(path.join(directory, "region-1.data"), before);
    const { backlog: seen } = await agent.write(20, 24, { backlog });
    // Slots 4 to 7 were due, and were written after the file had been put back.
    expect(seen).toEqual({ slots: 4, damages: [], damageCount: 0 });
    await agent.write(24, 28, { backlog });
    fs.writeFileSync(path.join(directory, "region-1.data"), before);
    const { backlog: later } = await agent.write(28, 32, { backlog: { slots: 8, everySteps: 8 } });
    expect(later).toMatchObject({
      slots: 8,
      damageCount: 4,
      damages: [8, 9, 10, 11].map((block) => ({ kind: "lost-write", region: 1, block, found: { generation: 1 } })),
    });
  });
});

describe("a verification", () => {
  test("finds a file cut short in which nothing has been written yet", async () => {
    const workload = workloadOf({ call: "fsync", everySteps: 4 }, IN_PLACE);
    const agent = createAgent(workload);
    fs.truncateSync(path.join(directory, "region-1.data"), 3 * 4096);
    const { damages, counts } = await agent.verify(new SessionLog(workload));
    expect(damages).toMatchObject([{ kind: "truncated", region: 1, block: 3, blocks: 13, sizeBytes: 3 * 4096 }]);
    expect(counts).toEqual({ truncated: 13 });
  });

  test("takes the beginning of a file for a step that was cut, and for no order of steps", async () => {
    const workload = workloadOf({ call: "fsync", everySteps: 4 }, REGIONS.slice(1));
    const agent = createAgent(workload);
    const log = new SessionLog(workload);
    log.begin();
    await agent.write(0, 12);
    log.issue({ worker: 0, to: 12 });
    log.sync({ worker: 0, synced: 8 });
    // The last step made slot 3, and the crash came before its first byte.
    fs.truncateSync(path.join(directory, "region-2", "slot-000003"), 0);
    const seen = await agent.verify(log, { settle: true });
    expect(seen).toMatchObject({ damageCount: 0, uncertainSlots: 4, keptUncertainSlots: 3, reorderedSlots: 0 });
    expect(seen.settled).toEqual([0, 1, 2].map((slot) => [2, slot, 3]));
    fs.rmSync(path.join(directory, "region-2", "slot-000001"));
    expect(await agent.verify(log)).toMatchObject({ damageCount: 0, keptUncertainSlots: 2, reorderedSlots: 1 });
  });

  test("of some stretches reads only the slots that they touch", async () => {
    const agent = createAgent(workloadOf({ call: "fsync", everySteps: 4 }));
    const log = new SessionLog(workloadOf({ call: "fsync", everySteps: 4 }));
    log.begin();
    log.issue({ worker: 0, to: 40 });
    log.end({ type: "write", epoch: 1, worker: 0, from: 0, to: 40, result: await agent.write(0, 40) });
    const only = [
      { region: 1, block: 3, blocks: 2 },
      { region: 2, block: 5, blocks: 1 },
    ];
    expect(await agent.verify(log, { only })).toMatchObject({ blocks: 4, damageCount: 0 });
    expect(await agent.verify(log)).toMatchObject({ blocks: 24, damageCount: 0 });
  });
});
