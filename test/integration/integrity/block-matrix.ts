import fs from "node:fs";
import path from "node:path";
import { FIO_FAULTS, type FioFault } from "../../../src/trials/integrity/fio/faults.ts";
import type { PrepareInput } from "../../../src/trials/integrity/tasks/prepare.ts";
import type { WriteInput } from "../../../src/trials/integrity/tasks/write.ts";
import type { VerifyInput } from "../../../src/trials/integrity/tasks/verify.ts";
import { createIntegrityTasks } from "../../../src/trials/integrity/tasks/index.ts";
import type { Damage, Promised, Session, VerifyResult, Workload } from "../../../src/trials/integrity/model.ts";
import { taskContext } from "../../fixtures/task-context.ts";
import { BLOCK_BYTES, BLOCKS, FILE_FAULTS, type Writings } from "./file-faults.ts";

/** What the trial's own blocks tell of one fault: the damages, or "right". */
export type Told = Pick<Damage, "kind" | "block" | "blocks" | "sectors" | "wrongBits">[];

/** Writes as the trial does, puts in each fault, and verifies as the trial does. */
export async function measureBlocks(parent: string): Promise<Record<FioFault, Told>> {
  const directory = path.join(parent, "verified");
  const writings = await writeAll(parent);
  const file = await prepared(directory, workloadOf(RUN));
  const look = async (): Promise<Told> => {
    const input: VerifyInput = { directory, promised: PROMISED, path: "buffered", settle: false };
    const { damages } = await call<VerifyResult>("integrity.verify", input);
    return damages;
  };
  fs.writeFileSync(file, writings.now);
  const alarm = await look();
  if (alarm.length > 0) throw new Error(`a false alarm on an undamaged file: ${alarm[0]?.kind}`);
  const told: Partial<Record<FioFault, Told>> = {};
  for (const fault of FIO_FAULTS) {
    const spoilt = FILE_FAULTS[fault].spoil(writings);
    if (spoilt) fs.writeFileSync(file, spoilt);
    else fs.rmSync(file);
    told[fault] = await look();
  }
  return told as Record<FioFault, Told>;
}

const RUN = "00112233445566778899aabbccddeeff";
const OTHER_RUN = "ffeeddccbbaa99887766554433221100";

/** Generation 1 was written by one session, generation 2 by the next. */
const PROMISED: Promised = { workload: workloadOf(RUN), sessions: [session(1, BLOCKS), session(2, 2 * BLOCKS)] };

function session(epoch: number, steps: number): Session {
  return { epoch, workers: [{ issued: steps, synced: steps, doomed: [] }], settled: [] };
}

function workloadOf(runId: string): Workload {
  const region = { id: 1, kind: "in-place", slots: BLOCKS, slotBytes: BLOCK_BYTES } as const;
  return { runId, regions: [region], workers: 1, order: "sequential", sync: { call: "fsync", everySteps: BLOCKS } };
}

async function writeAll(parent: string): Promise<Writings> {
  const writing = (name: string, epoch: number, generation: number, runId = RUN) =>
    written(path.join(parent, name), epoch, generation, workloadOf(runId));
  return {
    old: await writing("old", 1, 1),
    now: await writing("now", 2, 2),
    next: await writing("next", 2, 3),
    foreign: await writing("foreign", 2, 2, OTHER_RUN),
    zombie: await writing("zombie", 1, 2),
  };
}

async function written(directory: string, epoch: number, generation: number, workload: Workload): Promise<Buffer> {
  const file = await prepared(directory, workload);
  const steps = { from: (generation - 1) * BLOCKS, to: generation * BLOCKS };
  const input: WriteInput = { directory, workload, worker: 0, epoch, direct: false, ...steps };
  await call("integrity.write", input);
  return fs.readFileSync(file);
}

/** The one file of the workload. */
async function prepared(directory: string, workload: Workload): Promise<string> {
  fs.mkdirSync(directory);
  const input: PrepareInput = { directory, workload };
  await call("integrity.prepare", input);
  return path.join(directory, fs.readdirSync(directory)[0] ?? "");
}

const tasks = createIntegrityTasks(taskContext().native);

function call<Output>(task: string, input: object): Promise<Output> {
  return tasks[task]?.(input as never, taskContext()) as Promise<Output>;
}
