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
