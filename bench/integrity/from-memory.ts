import { classifySlot } from "../../src/trials/integrity/blocks/slot.ts";
import { stampSlot } from "../../src/trials/integrity/blocks/format.ts";
import { createBlockSubject } from "../../src/trials/integrity/blocks/subject.ts";
import type { Promised, Region } from "../../src/trials/integrity/model.ts";
import { foldPromised } from "../../src/trials/integrity/oracle/oracle.ts";
import { createStepper } from "../../src/trials/integrity/oracle/stepper.ts";
import { type Measurement, Series } from "../table.ts";

const REPEATS = 5;
const MEASURED_SECONDS = 0.4;
const BUFFER_BYTES = 2 ** 20;
const RUN_ID = "5ea751a15ea751a15ea751a15ea751a1";

/** What a processor can do, without any storage: the bytes are in its cache. */
export async function measureFromMemory(): Promise<Measurement[]> {
  const series = new Series();
  const cases = [4096, BUFFER_BYTES].map((slotBytes) => ({ slotBytes, ...oneBuffer(slotBytes) }));
  for (const { stamp, judge } of cases) for (const work of [stamp, judge]) speedOf(work);
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    for (const { slotBytes, stamp, judge } of cases) {
      series.add(`stamp, slots of ${slotBytes / 1024} KiB`, speedOf(stamp));
      series.add(`judge, slots of ${slotBytes / 1024} KiB`, speedOf(judge));
    }
  }
  return [...series.values].map(([what, values]) => ({
    what,
    values,
    unit: "bytes-per-second",
    ...(what.startsWith("judge") && { wanted: "> 3 GB/s" }),
  }));
}

function oneBuffer(slotBytes: number): { stamp(): void; judge(): void } {
  const slots = BUFFER_BYTES / slotBytes;
  const blocks = slotBytes / 4096;
  const region: Region = { id: 1, kind: "in-place", slots, slotBytes };
  const sync = { call: "fsync", everySteps: 1 } as const;
  const workload = { runId: RUN_ID, regions: [region], workers: 1, order: "sequential", sync } as const;
  const sessions = [{ epoch: 1, workers: [{ issued: slots, synced: slots, doomed: [] }], settled: [] }];
  const promised: Promised = { workload: { ...workload, regions: [region] }, sessions };
  const subject = createBlockSubject(RUN_ID);
  const stepper = createStepper(promised.workload, 0);
  const oracle = foldPromised(promised);
  const buffer = Buffer.alloc(BUFFER_BYTES);
  return {
    stamp: () => {
      stepper.skipTo(0);
      for (let i = 0; i < slots; i++) {
        const { slot, generation, sequence } = stepper.next();
        const identity = { region: 1, slot, blocks, generation, sequence, epoch: 1, timeNs: 0 };
        stampSlot(buffer, slot * slotBytes, subject, identity);
      }
    },
    judge: () => {
      for (let slot = 0; slot < slots; slot++) {
        const place = { region: 1, slot, blocks };
        const { damages } = classifySlot(buffer, slot * slotBytes, subject, place, oracle.bounds(1, slot));
        if (damages.length > 0) throw new Error(`slot ${slot} is ${damages[0]?.kind}`);
      }
    },
  };
}

/** Bytes per second of processor time, of passes over the whole buffer. */
function speedOf(pass: () => void): number {
  const began = process.cpuUsage();
  let bytes = 0;
  let seconds = 0;
  while (seconds < MEASURED_SECONDS) {
    for (let i = 0; i < 16; i++) pass();
    bytes += 16 * BUFFER_BYTES;
    const { user, system } = process.cpuUsage(began);
    seconds = (user + system) / 1e6;
  }
  return bytes / seconds;
}
