import { describe, expect, test } from "vitest";
import type { Region, SyncCall, VerifyResult, Workload } from "../../../src/trials/integrity/model.ts";
import { EVERY_KIND, StorageParty, temporaryDirectory, workloadOf } from "./storage-party.ts";

const MIB = 2 ** 20;

/** Nothing wrong, nothing unknown: what an honest storage shows once everything is synced. */
const CLEAN = { damages: [], damageCount: 0, counts: {}, uncertainSlots: 0, tornInFlight: 0, reorderedSlots: 0 };

/** Two looks at what `steps` of each worker have left. */
async function writtenAndVerified(workload: Workload, direct: boolean, steps: number): Promise<VerifyResult[]> {
  using place = temporaryDirectory();
  await using party = new StorageParty({ ...place, workload, direct });
  await party.prepare();
  const results = await party.session(steps, Math.ceil(steps / 3));
  expect(results.flatMap(({ failures }) => failures)).toEqual([]);
  return [await party.verify("buffered"), await party.verify("direct")];
}

function clean({ regions }: Workload) {
  const blocks = regions.reduce((sum, { slots, slotBytes }) => sum + (slots * slotBytes) / 4096, 0);
  return [
    { ...CLEAN, blocks },
    { ...CLEAN, blocks },
  ];
}

describe.each([
  ["past the page cache", true],
  ["through the page cache", false],
])("what was written and synced is there, %s", (_, direct) => {
  test.each<[SyncCall, number, Workload["order"]]>([
    ["fsync", 1, "random"],
    ["fdatasync", 2, "sequential"],
    ["o_dsync", 4, "random"],
    ["fdatasync", 3, "random"],
  ])("%s, %i workers, %s", async (call, workers, order) => {
    const sync = { call, everySteps: 10 };
    const workload = workloadOf(EVERY_KIND, { workers, order, sync });
    expect(await writtenAndVerified(workload, direct, 150)).toMatchObject(clean(workload));
  });

  test.each([4096, 65_536, MIB, 4 * MIB])("slots of %i bytes", async (slotBytes) => {
    const region: Region = { id: 7, kind: "in-place", slots: Math.max(3, (8 * MIB) / slotBytes), slotBytes };
    const workload = workloadOf([region]);
    expect(await writtenAndVerified(workload, direct, 8)).toMatchObject(clean(workload));
  });
});

test("where nothing is ever synced nothing is promised, and until it is settled anything is right", async () => {
  using place = temporaryDirectory();
  const workload = workloadOf(EVERY_KIND, { sync: { call: "none", everySteps: 1 } });
  await using party = new StorageParty({ ...place, workload, direct: false });
  await party.prepare();
  const results = await party.session(100);
  expect(results.map(({ synced }) => synced)).toEqual([0, 0]);
  expect(results.map(({ syncNs }) => syncNs.counts)).toEqual([[], []]);

  const settling = await party.verify("buffered", true);
  expect(settling.uncertainSlots).toBeGreaterThan(50);
  expect(settling.keptUncertainSlots).toBe(settling.uncertainSlots);
  expect(settling.settled).toHaveLength(settling.uncertainSlots);
  expect(await party.verify("direct")).toMatchObject(CLEAN);
});

describe("a task in a thread", () => {
  const region: Region = { id: 1, kind: "in-place", slots: 64, slotBytes: 4096 };

  test("is stopped by the lab in the middle of a wait, and tells how far it got", async () => {
    using place = temporaryDirectory();
    const workload = workloadOf([region], { sync: { call: "fdatasync", everySteps: 1 } });
    await using party = new StorageParty({ ...place, workload, direct: false });
    await party.prepare();
    const controller = new AbortController();
    // At this rate the first step alone waits for an hour.
    const input = { ...party.options, epoch: 1, worker: 0, from: 0, to: 9, rateBytesPerSecond: 1 };
    const options = { signal: controller.signal, onEvent: () => controller.abort(new Error("enough")) };
    expect(await (await party.agent()).call("integrity.write", input, options)).toMatchObject({
      reached: 1,
      synced: 1,
    });
  });

  test("fails by itself, and the agent goes on", async () => {
    using place = temporaryDirectory();
    const workload = workloadOf([{ ...region, slots: 1 }]);
    await using party = new StorageParty({ ...place, workload, direct: false });
    await party.prepare();
    await expect(party.write(1, 0, 1)).rejects.toThrow("worker 1 of 2 has no slots");
    party.log.begin();
    expect(await party.write(0, 0, 8)).toMatchObject({ reached: 8, synced: 8 });
  });

  test("tells how far a verification is, to its end", async () => {
    using place = temporaryDirectory();
    const workload = workloadOf([{ ...region, slots: 16, slotBytes: 4 * MIB }]);
    await using party = new StorageParty({ ...place, workload, direct: false });
    await party.prepare();
    const told: unknown[] = [];
    const input = { ...place, promised: party.log.promised(), path: "buffered", settle: false };
    await (await party.agent()).call("integrity.verify", input, { onEvent: (event) => told.push(event) });
    expect(told.at(-1)).toEqual({ doneBytes: 64 * MIB, totalBytes: 64 * MIB });
  });
});
