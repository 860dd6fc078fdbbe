import { stampSlot } from "../blocks/format.ts";
import { type BlockSubject, createBlockSubject } from "../blocks/subject.ts";
import { BLOCK_BYTES, type Region, type Workload, type WriteResult } from "../model.ts";
import type { Step } from "../oracle/schedule.ts";
import { createStepper, type Stepper } from "../oracle/stepper.ts";
import { alignedBuffer } from "./aligned-memory.ts";
import { Backlog, type BacklogInput } from "./backlog.ts";
import { LatencyClasses } from "./latency-classes.ts";
import { isRaised, Pace, type StopFlag } from "./pace.ts";
import { WorkerPromises } from "./promises.ts";
import { openSlotWriter, type SlotWriter, type WriteManner } from "./slot-writers.ts";
import { Stretch } from "./stretch.ts";

/** One worker's time as a writer. */
export interface WriterInput {
  directory: string;
  workload: Workload;
  worker: number;
  epoch: number;
  /** Past the page cache; where `probeDirectIo` says that it can be done. */
  direct: boolean;
}

/** Steps [from, to) of a worker. Calls that agree in their `WriterInput` go on with the same descriptors. */
export interface WriteInput extends WriterInput {
  from: number;
  to: number;
  /** Syncs at the end, too, wherever it falls. */
  finish?: boolean;
  /** For this worker alone. */
  rateBytesPerSecond?: number;
  backlog?: BacklogInput;
}

/** Told while steps are done, until one of them fails: what is doomed then is in the answer only. */
export interface SyncedEvent {
  worker: number;
  /** Steps below were done when a sync was submitted that succeeded. */
  synced: number;
}

const TELL_INTERVAL_MS = 5;

/** Does one worker's steps, in order, by calls that block. */
export class WorkerWriter {
  readonly #input: WriterInput;
  readonly #manner: WriteManner;
  readonly #stepper: Stepper;
  readonly #subject: BlockSubject;
  readonly #regions: ReadonlyMap<number, Region>;
  readonly #writers = new Map<number, SlotWriter>();
  readonly #promises: WorkerPromises;
  readonly #buffer: Buffer;
  #backlog: Backlog | undefined;
  #told: { synced: number; atMs: number };

  /** Opens nothing yet. Steps below `firstStep` are another session's. */
  constructor(input: WriterInput, firstStep: number) {
    const { workload, worker, direct } = input;
    this.#input = input;
    this.#manner = {
      direct,
      syncCall: workload.sync.call,
      writeNs: new LatencyClasses(),
      syncNs: new LatencyClasses(),
    };
    this.#stepper = createStepper(workload, worker);
    this.#subject = createBlockSubject(workload.runId);
    this.#regions = new Map(workload.regions.map((region) => [region.id, region]));
    this.#promises = new WorkerPromises(firstStep);
    this.#buffer = alignedBuffer(Math.max(...workload.regions.map(({ slotBytes }) => slotBytes)));
    this.#told = { synced: firstStep, atMs: 0 };
  }

  /** Goes on until `to`, until `stop` is raised or until it is given up. */
  write(input: WriteInput, stop: StopFlag, tell: (event: SyncedEvent) => void): WriteResult {
    const { from, to, finish = false, rateBytesPerSecond, backlog } = input;
    const stretch = new Stretch(this.#manner, from);
    const pace = rateBytesPerSecond === undefined ? undefined : new Pace(rateBytesPerSecond);
    if (backlog) this.#backlog ??= new Backlog({ ...this.#input, path: this.#input.direct ? "direct" : "buffered" });
    this.#stepper.skipTo(from);
    while (stretch.reached < to && !stretch.givenUp && !isRaised(stop)) {
      const step = this.#stepper.next();
      stretch.reached = step.step + 1;
      const bytes = this.#stamp(step);
      this.#write(step, bytes, stretch);
      if (this.#syncIsDue(stretch)) this.#sync(stretch);
      if (backlog && stretch.reached % backlog.everySteps === 0) this.#backlog?.look(backlog.slots);
      this.#tell(stretch, TELL_INTERVAL_MS, tell);
      pace?.spend(bytes.length, stop);
    }
    if (finish && !stretch.givenUp) this.#sync(stretch);
    this.#tell(stretch, 0, tell);
    const lookedAt = this.#backlog?.take();
    return { ...stretch.result(this.#promises), ...(backlog && lookedAt && { backlog: lookedAt }) };
  }

  close(): void {
    for (const writer of this.#writers.values()) writer.close();
    this.#writers.clear();
    this.#backlog?.close();
  }

  #stamp({ region: id, slot, generation, sequence }: Step): Buffer {
    const { slotBytes } = this.#region(id);
    const { epoch } = this.#input;
    const timeNs = Number(process.hrtime.bigint());
    const blocks = slotBytes / BLOCK_BYTES;
    stampSlot(this.#buffer, 0, this.#subject, { region: id, slot, blocks, generation, sequence, epoch, timeNs });
    return slotBytes === this.#buffer.length ? this.#buffer : this.#buffer.subarray(0, slotBytes);
  }

  #write(step: Step, bytes: Buffer, stretch: Stretch): void {
    try {
      stretch.written(this.#writer(step.region).write(step.slot, step.generation, bytes));
      this.#backlog?.wrote(step);
    } catch (error) {
      this.#backlog?.forget(step);
      if (stretch.failed(step.step, error).call === "sync") this.#syncFailed(step.step + 1);
      else this.#promises.writeFailed(step.step);
    }
  }

  #syncIsDue({ reached, givenUp }: Stretch): boolean {
    const { call, everySteps } = this.#input.workload.sync;
    return !givenUp && (reached % everySteps === 0 || (call === "o_dsync" && !this.#isDirty));
  }

  get #isDirty(): boolean {
    for (const writer of this.#writers.values()) if (writer.dirty) return true;
    return false;
  }

  #sync(stretch: Stretch): void {
    const { reached } = stretch;
    if (this.#manner.syncCall === "none") return;
    try {
      for (const writer of this.#writers.values()) if (writer.dirty) writer.sync();
      this.#promises.syncedTo(reached);
      this.#backlog?.synced();
    } catch (error) {
      stretch.failed(reached - 1, error);
      this.#syncFailed(reached);
    }
  }

  #syncFailed(reached: number): void {
    this.#promises.syncFailed(reached);
    this.#backlog?.forgetUnsynced();
  }

  #tell(stretch: Stretch, intervalMs: number, tell: (event: SyncedEvent) => void): void {
    const { synced } = this.#promises;
    if (stretch.hasFailed || synced === this.#told.synced) return;
    const nowMs = performance.now();
    if (nowMs - this.#told.atMs < intervalMs) return;
    this.#told = { synced, atMs: nowMs };
    tell({ worker: this.#input.worker, synced });
  }

  #writer(id: number): SlotWriter {
    const open = this.#writers.get(id);
    if (open) return open;
    const opened = openSlotWriter({ directory: this.#input.directory, region: this.#region(id) }, this.#manner);
    this.#writers.set(id, opened);
    return opened;
  }

  #region(id: number): Region {
    return this.#regions.get(id) as Region;
  }
}
