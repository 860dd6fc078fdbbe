import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import type { Region } from "../../src/trials/integrity/model.ts";
import { StorageParty, workloadOf } from "../../test/integration/integrity/storage-party.ts";
import type { Measurement } from "../table.ts";

const GIB = 2 ** 30;
const SIZES_GIB = [1, 10, 100];
const SLOT_BYTES = 4096;
const STEPS = 2000;

/**
 * The most that was ever resident of an agent that writes here and there in a sparse file, in the smallest slots, and
 * reads all of it back.
 */
export async function measureMemory(folder: string): Promise<Measurement[]> {
  const rows: Measurement[] = [];
  for (const sizeGib of SIZES_GIB) {
    const directory = path.join(folder, String(sizeGib));
    mkdirSync(directory);
    const region: Region = { id: 1, kind: "in-place", slots: (sizeGib * GIB) / SLOT_BYTES, slotBytes: SLOT_BYTES };
    await using party = new StorageParty({ directory, workload: workloadOf([region]), direct: true });
    await party.prepare();
    await party.session(STEPS);
    const { durationNs } = await party.verify("direct");
    const { facts } = await party.agent();
    rows.push({
      what: `${sizeGib} GiB: resident at most`,
      unit: "bytes",
      values: [peakOf(facts.pid)],
      wanted: "< 200 MB",
    });
    rows.push({ what: `${sizeGib} GiB: reading it back`, unit: "s", values: [durationNs / 1e9] });
    rmSync(directory, { recursive: true });
  }
  return rows;
}

function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}
