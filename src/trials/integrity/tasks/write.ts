import { performance } from "node:perf_hooks";
import type { NativeLibrary } from "../../../agent/protocol.ts";
import { type Frame, frameOf, stampFrame } from "../blocks/format.ts";
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
import { type Landed, TransferWindow } from "./transfer-window.ts";

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

/** Does one worker's steps, in order, by calls that block, or with so many in flight as the workload asks for. */
export class WorkerWriter {
  readonly #input: WriterInput;
  readonly #native: () => NativeLibrary;
  readonly #manner: WriteManner;
  readonly #stepper: Stepper;
  readonly #subject: BlockSubject;
  readonly #regions: ReadonlyMap<number, Region>;
  readonly #writers = new Map<number, SlotWriter>();
  readonly #promises: WorkerPromises;
  readonly #frames: ReadonlyMap<number, Frame>;
  readonly #clockBeganNs = Number(process.hrtime.bigint()) - performance.now() * 1e6;
  #window: TransferWindow | undefined;
  #backlog: Backlog | undefined;
  #told: { synced: number; atMs: number };

  /** Opens nothing yet. Steps below `firstStep` are another session's. */
  constructor(input: WriterInput, firstStep: number, native: () => NativeLibrary) {
    const { workload, worker, direct } = input;
    this.#input = input;
    this.#native = native;
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
    const buffer = alignedBuffer(Math.max(...workload.regions.map(({ slotBytes }) => slotBytes)));
    this.#frames = new Map(workload.regions.map(({ id, slotBytes }) => [id, frameOf(buffer, 0, slotBytes)]));
    this.#told = { synced: firstStep, atMs: 0 };
  }

  /** Goes on until `to`, until `stop` is raised or until it is given up; nothing is in flight when it returns. */
  write(input: WriteInput, stop: StopFlag, tell: (event: SyncedEvent) => void): WriteResult {
    const { from, to, finish = false, rateBytesPerSecond, backlog } = input;
    const stretch = new Stretch(this.#manner, from);
    const pace = rateBytesPerSecond === undefined ? undefined : new Pace(rateBytesPerSecond);
    if (backlog) this.#backlog ??= new Backlog({ ...this.#input, path: this.#input.direct ? "direct" : "buffered" });
    this.#stepper.skipTo(from);
    while (stretch.reached < to && !stretch.givenUp && !isRaised(stop)) {
      const sizeBytes = this.#step(stretch);
      if (stretch.givenUp) break;
      if (this.#isDurableByItself) this.#promise(stretch);
      else if (stretch.reached % this.#input.workload.sync.everySteps === 0) this.#sync(stretch);
      if (backlog && stretch.reached % backlog.everySteps === 0) this.#backlog?.look(backlog.slots);
      this.#tell(stretch, TELL_INTERVAL_MS, tell);
      if (pace) this.#keepTo(pace, sizeBytes, stretch, stop);
    }
    this.#drain(stretch);
    if (finish) this.#sync(stretch);
    else if (this.#isDurableByItself && !stretch.givenUp) this.#promise(stretch);
    this.#tell(stretch, 0, tell);
    const lookedAt = this.#backlog?.take();
    return { ...stretch.result(this.#promises), ...(backlog && lookedAt && { backlog: lookedAt }) };
  }

  close(): void {
    this.#window?.close();
    this.#window = undefined;
    for (const writer of this.#writers.values()) writer.close();
    this.#writers.clear();
    this.#backlog?.close();
  }

  /** Does the next step, or begins it; returns its bytes. Waits before where it must, and may find out that all is given up. */
  #step(stretch: Stretch): number {
    const step = this.#stepper.next();
    if (this.#window) this.#land(this.#window.roomFor(step), stretch);
    if (stretch.givenUp) return 0;
    stretch.reached = step.step + 1;
    const region = this.#region(step.region);
    try {
      if (this.#isQueued(region)) this.#launch(step, region);
      else this.#write(step, region, stretch);
    } catch (error) {
      // Steps before this one are to be told of before it.
      this.#drain(stretch);
      this.#failed(step, error, stretch);
    }
    return region.slotBytes;
  }

  #isQueued({ kind }: Region): boolean {
    return kind === "in-place" && (this.#input.workload.queueDepth ?? 1) > 1;
  }

  #launch(step: Step, region: Region): void {
    const target = this.#writer(region).aim?.(step.slot);
    if (!target) throw new Error(`a ${region.kind} region has no transfers to queue`);
    this.#window ??= this.#openWindow();
    this.#backlog?.forget(step);
    this.#stamp(step, region, this.#window.frame);
    this.#window.launch(step, target, region.slotBytes);
  }

  #openWindow(): TransferWindow {
    const { queueDepth = 1, regions } = this.#input.workload;
    const largestBytes = Math.max(...regions.map((one) => (this.#isQueued(one) ? one.slotBytes : 0)));
    return new TransferWindow(this.#native().openWriteQueue(queueDepth, largestBytes), this.#manner.writeNs);
  }

  #write(step: Step, region: Region, stretch: Stretch): void {
    const frame = this.#frames.get(region.id) as Frame;
    this.#stamp(step, region, frame);
    stretch.written(this.#writer(region).write(step.slot, step.generation, frame.bytes));
    this.#backlog?.wrote(step);
  }

  #stamp({ slot, generation, sequence }: Step, { id, slotBytes }: Region, frame: Frame): void {
    const { epoch } = this.#input;
    const timeNs = Math.round(this.#clockBeganNs + performance.now() * 1e6);
    const blocks = slotBytes / BLOCK_BYTES;
    stampFrame(frame, this.#subject, { region: id, slot, blocks, generation, sequence, epoch, timeNs });
  }

  #drain(stretch: Stretch): void {
    if (this.#window) this.#land(this.#window.drain(), stretch);
  }

  #land(transfers: readonly Landed[], stretch: Stretch): void {
    for (const { step, lengthBytes, failure } of transfers) {
      if (failure) this.#failed(step, failure, stretch);
      else {
        stretch.written(lengthBytes);
        this.#backlog?.wrote(step);
      }
    }
  }

  #failed(step: Step, error: unknown, stretch: Stretch): void {
    this.#backlog?.forget(step);
    if (stretch.failed(step.step, error).call === "sync") this.#syncFailed(step.step + 1);
    else this.#promises.writeFailed(step.step);
  }

  /** Whether every step that is over is durable, without a sync. */
  get #isDurableByItself(): boolean {
    if (this.#manner.syncCall !== "o_dsync") return false;
    for (const writer of this.#writers.values()) if (writer.dirty) return false;
    return true;
  }

  #promise({ reached }: Stretch): void {
    this.#promises.syncedTo(this.#window?.oldestStep ?? reached);
    this.#backlog?.synced();
  }

  /** Covers all that was begun, for it waits for that. */
  #sync(stretch: Stretch): void {
    if (this.#manner.syncCall === "none") return;
    this.#drain(stretch);
    if (stretch.givenUp) return;
    const { reached } = stretch;
    try {
      for (const writer of this.#writers.values()) if (writer.dirty) writer.sync();
      this.#promise(stretch);
    } catch (error) {
      stretch.failed(reached - 1, error);
      this.#syncFailed(reached);
    }
  }

  #syncFailed(reached: number): void {
    this.#promises.syncFailed(reached);
    this.#backlog?.forgetUnsynced();
  }

  #keepTo(pace: Pace, sizeBytes: number, stretch: Stretch, stop: StopFlag): void {
    pace.spend(sizeBytes);
    if (pace.aheadMs <= 0) return;
    // What ends while the thread sleeps would seem to have taken as long as that.
    this.#drain(stretch);
    pace.hold(stop);
  }

  #tell(stretch: Stretch, intervalMs: number, tell: (event: SyncedEvent) => void): void {
    const { synced } = this.#promises;
    if (stretch.hasFailed || synced === this.#told.synced) return;
    const nowMs = performance.now();
    if (nowMs - this.#told.atMs < intervalMs) return;
    this.#told = { synced, atMs: nowMs };
    tell({ worker: this.#input.worker, synced });
  }

  #writer(region: Region): SlotWriter {
    const open = this.#writers.get(region.id);
    if (open) return open;
    const opened = openSlotWriter({ directory: this.#input.directory, region }, this.#manner);
    this.#writers.set(region.id, opened);
    return opened;
  }

  #region(id: number): Region {
    return this.#regions.get(id) as Region;
  }
}
