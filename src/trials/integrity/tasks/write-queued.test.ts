import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type QueueBehaviour, shuffledQueue } from "../../../../test/fixtures/shuffled-queue.ts";
import { hasNative, taskContext } from "../../../../test/fixtures/task-context.ts";
import type { NativeLibrary } from "../../../agent/protocol.ts";
import type { Damage, Region, VerifyResult, Workload, WriteOp } from "../model.ts";
import { SessionLog } from "../oracle/session-log.ts";
import { createIntegrityTasks } from "./index.ts";
import { createStopFlag, raise } from "./pace.ts";
import { prepare } from "./prepare.ts";
import { WorkerWriter, type WriteInput } from "./write.ts";

const IN_PLACE: Region = { id: 1, kind: "in-place", slots: 16, slotBytes: 4096 };
const SECOND: Region = { id: 2, kind: "in-place", slots: 8, slotBytes: 8192 };
const REPLACE: Region = { id: 3, kind: "replace", slots: 4, slotBytes: 4096 };

let directory = "";
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-queued-"));
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

function workloadOf(sync: Workload["sync"], regions: Region[], queueDepth = 8): Workload {
  const runId = "00112233445566778899aabbccddeeff";
  return { runId, regions, workers: 1, queueDepth, order: "random", sync };
}

/** One worker after another on one storage, each with a queue that behaves as it is told, and what they promised. */
class Party {
  readonly workload: Workload;
  readonly log: SessionLog;
  /** Raised by whoever wants to. */
  stop = createStopFlag();
  #native: () => NativeLibrary;
  #writer: WorkerWriter | undefined;

  constructor(workload: Workload, behaviour: QueueBehaviour | "the kernel's") {
    this.workload = workload;
    this.log = new SessionLog(workload);
    const native = taskContext().native;
    this.#native = native;
    if (behaviour !== "the kernel's")
      this.#native = () => ({ ...native(), openWriteQueue: (depth, bytes) => shuffledQueue(depth, bytes, behaviour) });
    prepare({ directory, workload }, taskContext({ native: this.#native }));
    this.begin();
  }

  begin(): void {
    this.log.begin();
    const input = { directory, workload: this.workload, worker: 0, epoch: this.log.epoch, direct: false };
    this.#writer = new WorkerWriter(input, this.log.nextStep(0), this.#native);
  }

  write(steps: number, more: Partial<WriteInput> = {}) {
    const { workload, log } = this;
    const from = log.nextStep(0);
    const op: WriteOp = { type: "write", epoch: log.epoch, worker: 0, from, to: from + steps };
    log.issue(op);
    const input: WriteInput = { ...op, directory, workload, direct: false, ...more };
    this.stop = createStopFlag();
    const result = (this.#writer as WorkerWriter).write(input, this.stop, (event) => log.sync(event));
    log.end({ ...op, result });
    return result;
  }

  verify(): Promise<VerifyResult> {
    const task = createIntegrityTasks(this.#native)["integrity.verify"] as (...args: unknown[]) => unknown;
    const input = { directory, promised: this.log.promised(), path: "buffered", settle: true };
    return task(input, taskContext()) as Promise<VerifyResult>;
  }

  [Symbol.dispose](): void {
    this.#writer?.close();
  }
}

/** In the place of the first region stands a device. */
function replaceBy(device: string): void {
  fs.rmSync(path.join(directory, "region-1.data"));
  fs.symlinkSync(device, path.join(directory, "region-1.data"));
}

const lastFirst = (inFlight: number) => inFlight - 1;

describe("a stretch with transfers in flight", () => {
  test("has begun all that it says when it is stopped, and nothing is in flight any more", async () => {
    using party: Party = new Party(workloadOf({ call: "none", everySteps: 4 }, [IN_PLACE]), {
      pick: lastFirst,
      waited: () => raise(party.stop),
    });
    const { reached, writtenBytes, writeNs } = party.write(100);
    expect(reached).toBeGreaterThanOrEqual(8);
    expect(reached).toBeLessThan(100);
    expect(writtenBytes).toBe(reached * 4096);
    expect(writeNs.counts.reduce((sum, count) => sum + count, 0)).toBe(reached);
    expect(await party.verify()).toMatchObject({ damageCount: 0, uncertainSlots: reached });
  });

  test("waits for all of them before a sync, and covers them", () => {
    using party = new Party(workloadOf({ call: "fsync", everySteps: 5 }, [IN_PLACE]), { pick: lastFirst });
    expect(party.write(13)).toMatchObject({ reached: 13, synced: 10 });
    expect(party.write(0, { finish: true })).toMatchObject({ reached: 13, synced: 13 });
  });

  test("that are durable by themselves has promised what has landed, without a sync", () => {
    const waits: number[] = [];
    using party: Party = new Party(workloadOf({ call: "o_dsync", everySteps: 1000 }, [IN_PLACE]), {
      pick: () => 0,
      waited: () => waits.push(party.log.promised().sessions[0]?.workers[0]?.synced ?? 0),
    });
    expect(party.write(12)).toMatchObject({ reached: 12, synced: 12, syncNs: { counts: [] } });
    // With eight in flight nothing has landed when it is waited for the first.
    expect(waits[0]).toBe(0);
  });

  test("dooms a write that fails, and no other", () => {
    let count = 0;
    using party = new Party(workloadOf({ call: "fsync", everySteps: 8 }, [IN_PLACE]), {
      pick: () => 0,
      outcome: ({ lengthBytes }) => (count++ === 2 ? "EIO" : lengthBytes),
    });
    expect(party.write(8)).toMatchObject({
      reached: 8,
      synced: 8,
      doomed: [[2, 3]],
      failures: [{ step: 2, call: "write", systemCode: "EIO" }],
    });
  });

  test("is given up after 20 failed writes; those in flight then are told of, too", () => {
    using party = new Party(workloadOf({ call: "fsync", everySteps: 100 }, [IN_PLACE]), {
      pick: lastFirst,
      outcome: () => "EIO",
    });
    const { reached, synced, doomed, failureCount } = party.write(100, { finish: true });
    expect(failureCount).toBe(reached);
    expect(reached).toBeGreaterThanOrEqual(20);
    expect(reached).toBeLessThanOrEqual(28);
    expect({ synced, doomed }).toEqual({ synced: 0, doomed: [[0, reached]] });
  });

  test("tells of a failed step of another kind after those before it", () => {
    using party = new Party(workloadOf({ call: "fsync", everySteps: 100 }, [IN_PLACE, REPLACE]), {
      pick: lastFirst,
      outcome: () => "EIO",
    });
    fs.rmSync(path.join(directory, "region-3"), { recursive: true });
    const { failures, doomed } = party.write(8);
    expect(failures.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(failures.map(({ call }) => call))).toEqual(new Set(["write", "open"]));
    expect(doomed).toEqual([[0, 8]]);
  });

  test("reads nothing back on the fly that is being written again", () => {
    const workload = workloadOf({ call: "fsync", everySteps: 16 }, [IN_PLACE]);
    using party = new Party({ ...workload, order: "sequential" }, { pick: lastFirst });
    // Slots 0 to 2 are in flight once more when it looks.
    const { backlog } = party.write(19, { backlog: { slots: 100, everySteps: 19 } });
    expect(backlog).toEqual({ slots: 13, damages: [], damageCount: 0 });
  });

  test("is held back to a rate with nothing in flight meanwhile", () => {
    using party = new Party(workloadOf({ call: "none", everySteps: 1 }, [IN_PLACE]), { pick: lastFirst });
    const { durationNs, writeNs } = party.write(4, { rateBytesPerSecond: 25 * 4096 });
    expect(durationNs).toBeGreaterThanOrEqual(150e6);
    expect(Math.max(...writeNs.values)).toBeLessThan(40e6);
  });
});

describe.skipIf(!hasNative)("the kernel's own queue", () => {
  test.each<[Workload["sync"]["call"], Region[]]>([
    ["fdatasync", [IN_PLACE]],
    ["o_dsync", [IN_PLACE, SECOND, REPLACE]],
  ])("writes what is read back, with %s", async (call, regions) => {
    using party = new Party(workloadOf({ call, everySteps: 32 }, [...regions]), "the kernel's");
    expect(party.write(320, { finish: true })).toMatchObject({ reached: 320, synced: 320, failureCount: 0 });
    expect(await party.verify()).toMatchObject({ damageCount: 0, uncertainSlots: 0 });
  });

  test("tells of a write that it does not even take as of any other that fails", () => {
    using party = new Party(workloadOf({ call: "none", everySteps: 4 }, [IN_PLACE]), "the kernel's");
    // The device answers write(2) with ENOSPC, and has nothing for io_submit(2).
    replaceBy("/dev/full");
    expect(party.write(3)).toMatchObject({
      doomed: [[0, 3]],
      failures: [0, 1, 2].map((step) => ({ step, call: "write", systemCode: "EINVAL" })),
    });
  });
});

/** What a test ends a writer with that is killed. */
class Killed extends Error {}

test("what was promised is there, whatever was in flight when writers were stopped or killed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("fsync" as const, "fdatasync" as const, "o_dsync" as const),
      fc.constantFrom<Region[][]>([IN_PLACE], [IN_PLACE, SECOND], [IN_PLACE, REPLACE]),
      fc.array(fc.record({ steps: fc.integer({ min: 1, max: 60 }), end: fc.constantFrom("to", "stop", "kill") }), {
        minLength: 1,
        maxLength: 5,
      }),
      fc.infiniteStream(fc.nat()),
      async (call, regions, stretches, numbers) => {
        const draw = (below: number) => numbers.next().value % below;
        fs.rmSync(directory, { recursive: true });
        fs.mkdirSync(directory);
        let end = "to";
        let waits = 0;
        using party: Party = new Party(workloadOf({ call, everySteps: 1 + draw(12) }, regions), {
          pick: draw,
          outcome: ({ lengthBytes }) => (draw(20) === 0 ? "EIO" : lengthBytes),
          waited: () => {
            if (waits-- > 0) return;
            if (end === "stop") raise(party.stop);
            if (end === "kill") throw new Killed();
          },
        });
        const damages: Damage[] = [];
        for (const stretch of stretches) {
          ({ end } = stretch);
          waits = draw(8);
          try {
            party.write(stretch.steps);
          } catch (error) {
            if (!(error instanceof Killed)) throw error;
            const seen = await party.verify();
            damages.push(...seen.damages);
            party.log.settle(seen.settled ?? []);
            party.begin();
          }
        }
        damages.push(...(await party.verify()).damages);
        expect(damages).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
}, 30_000);
