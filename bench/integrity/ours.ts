import path from "node:path";
import type { Region, Workload } from "../../src/trials/integrity/model.ts";
import { StorageParty } from "../../test/integration/integrity/storage-party.ts";

/** A region as the trial writes and verifies it, by its agent in a process of its own. */
export interface OurRegion extends AsyncDisposable {
  readonly file: string;
  /** Every slot once, stamped and synced at the end; bytes per second. */
  writeAll(): Promise<number>;
  /** So many slots by each worker; per second. */
  writeSome(stepsPerWorker: number): Promise<number>;
  /** Everything, every checksum; bytes per second. @throws Error when something is wrong with it */
  verifyAll(): Promise<number>;
}

/** What is written, and by how many workers. */
export interface OurWork {
  slots: number;
  slotBytes: number;
  order: Workload["order"];
  workers: number;
  /** Of each worker; one when absent. */
  queueDepth?: number;
}

/** Past the page cache. */
export async function openOurs(
  directory: string,
  { slots, slotBytes, order, workers: count, queueDepth = 1 }: OurWork,
): Promise<OurRegion> {
  const region: Region = { id: 1, kind: "in-place", slots, slotBytes };
  const sync = { call: "fdatasync", everySteps: 1_000_000 } as const;
  const workload: Workload = {
    runId: "5ea751a15ea751a15ea751a15ea751a1",
    regions: [region],
    workers: count,
    queueDepth,
    order,
    sync,
  };
  const party = new StorageParty({ directory, workload, direct: true });
  await party.prepare();
  party.log.begin();
  const writeSteps = async (steps: number): Promise<number> => {
    const beganMs = performance.now();
    const workers = Array.from({ length: count }, (_, worker) => worker);
    const results = await Promise.all(
      workers.map((worker) => {
        const from = party.log.nextStep(worker);
        return party.write(worker, from, from + steps, { finish: true });
      }),
    );
    if (results.some(({ failureCount }) => failureCount > 0)) throw new Error("writes failed");
    return (performance.now() - beganMs) / 1e3;
  };
  return {
    file: path.join(directory, "region-1.data"),
    writeAll: async () => (slots * slotBytes) / (await writeSteps(slots / count)),
    writeSome: async (steps) => (steps * count) / (await writeSteps(steps)),
    verifyAll: async () => {
      const { damageCount, durationNs } = await party.verify("direct");
      if (damageCount > 0) throw new Error("what was written is not there");
      return (slots * slotBytes) / (durationNs / 1e9);
    },
    [Symbol.asyncDispose]: () => party[Symbol.asyncDispose](),
  };
}
