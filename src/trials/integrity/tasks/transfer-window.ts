import { performance } from "node:perf_hooks";
import type { WriteQueue } from "../../../agent/protocol.ts";
import { type Frame, frameOf } from "../blocks/format.ts";
import type { Step } from "../oracle/schedule.ts";
import { CallFailed } from "./failing-calls.ts";
import type { LatencyClasses } from "./latency-classes.ts";

/** A step whose transfer has come to its end. */
export interface Landed {
  step: Step;
  lengthBytes: number;
  /** Present when it failed; the slot then holds anything between before and after. */
  failure?: CallFailed;
}

/** Where a transfer goes. */
export interface TransferTarget {
  descriptor: number;
  /** In the file, bytes. */
  position: number;
}

interface Transfer extends TransferTarget {
  frame: Frame;
  step: Step;
  lengthBytes: number;
  doneBytes: number;
  submittedMs: number;
  isDone: boolean;
  failure: CallFailed | undefined;
}

const NO_STEP: Step = { region: 0, slot: 0, generation: 0, step: 0, sequence: 0 };
const NONE: readonly Landed[] = [];
/** Handed over together: the kernel is told less often, and while it works on some the next are made. */
const BATCHES = 4;

/**
 * The transfers of one worker that are in flight. They land strictly in the order of their steps, whatever the order in
 * which they end; no step begins before every step is over that is as far back as the window is deep, nor while its slot
 * is being written. Latencies count from handing over to hearing of the end, waiting in the queue included.
 */
export class TransferWindow {
  readonly #queue: WriteQueue;
  readonly #writeNs: LatencyClasses;
  readonly #transfers: readonly Transfer[];
  readonly #batch: number;
  /** How many transfers there have been, of all times: landed, handed over and launched, each at most the next. */
  #landed = 0;
  #submitted = 0;
  #launched = 0;

  constructor(queue: WriteQueue, writeNs: LatencyClasses) {
    this.#queue = queue;
    this.#writeNs = writeNs;
    this.#transfers = queue.buffers.map((buffer) => ({
      ...{ frame: frameOf(buffer, 0, buffer.length), step: NO_STEP, descriptor: -1, position: 0 },
      ...{ lengthBytes: 0, doneBytes: 0, submittedMs: 0, isDone: true, failure: undefined },
    }));
    this.#batch = Math.ceil(this.#transfers.length / BATCHES);
  }

  /** The oldest step in flight. */
  get oldestStep(): number | undefined {
    return this.#landed < this.#launched ? this.#at(this.#landed).step.step : undefined;
  }

  /** Blocks until the step may begin; tells what has landed meanwhile. */
  roomFor(step: Step): readonly Landed[] {
    const needed = this.#neededFor(step);
    if (needed === this.#landed) return NONE;
    return this.#land(Math.min(this.#launched, Math.max(needed, this.#landed + this.#batch)));
  }

  /** What the next transfer is made in, once there is room. */
  get frame(): Frame {
    return this.#at(this.#launched).frame;
  }

  /** Begins the transfer of the first `lengthBytes` of `frame`. */
  launch(step: Step, { descriptor, position }: TransferTarget, lengthBytes: number): void {
    const place = this.#launched++ % this.#transfers.length;
    const transfer = this.#transfers[place] as Transfer;
    transfer.step = step;
    transfer.descriptor = descriptor;
    transfer.position = position;
    transfer.lengthBytes = lengthBytes;
    transfer.doneBytes = 0;
    transfer.isDone = false;
    transfer.failure = undefined;
    this.#prepare(place, transfer);
    if (this.#launched - this.#submitted >= this.#batch) this.#submit();
  }

  /** Blocks until nothing is in flight. */
  drain(): readonly Landed[] {
    return this.#land(this.#launched);
  }

  close(): void {
    this.#queue.close();
  }

  /** Up to which transfer all must have landed. */
  #neededFor({ step, region, slot }: Step): number {
    const over = step - this.#transfers.length;
    let needed = this.#landed;
    for (let index = this.#landed; index < this.#launched; index++) {
      const other = this.#at(index).step;
      if (other.step <= over || (other.slot === slot && other.region === region)) needed = index + 1;
    }
    return needed;
  }

  #land(count: number): readonly Landed[] {
    this.#submit();
    for (let open = this.#open(count); open > 0; open = this.#open(count)) this.#reap(open);
    if (count === this.#landed) return NONE;
    const landed: Landed[] = [];
    while (this.#landed < this.#launched && this.#at(this.#landed).isDone) {
      const { step, lengthBytes, failure } = this.#at(this.#landed++);
      landed.push({ step, lengthBytes, ...(failure && { failure }) });
    }
    return landed;
  }

  /** How many of the transfers before `count` have not ended. */
  #open(count: number): number {
    let open = 0;
    for (let index = this.#landed; index < count; index++) if (!this.#at(index).isDone) open++;
    return open;
  }

  #reap(least: number): void {
    let nowMs = 0;
    let goesOn = false;
    this.#queue.reap(least, (place, writtenBytes, systemCode) => {
      nowMs ||= performance.now();
      const transfer = this.#transfers[place] as Transfer;
      transfer.doneBytes += writtenBytes;
      if (systemCode !== undefined) transfer.failure = new CallFailed("write", systemCode);
      else if (transfer.doneBytes < transfer.lengthBytes) {
        // A disk that fills up takes a part first and refuses the rest.
        this.#prepare(place, transfer);
        goesOn = true;
        return;
      }
      transfer.isDone = true;
      this.#writeNs.add((nowMs - transfer.submittedMs) * 1e6);
    });
    if (goesOn) this.#queue.submit();
  }

  #prepare(place: number, { descriptor, position, doneBytes, lengthBytes }: Transfer): void {
    this.#queue.prepare(place, {
      descriptor,
      position: position + doneBytes,
      offsetBytes: doneBytes,
      lengthBytes: lengthBytes - doneBytes,
    });
  }

  #submit(): void {
    if (this.#submitted === this.#launched) return;
    const nowMs = performance.now();
    while (this.#submitted < this.#launched) this.#at(this.#submitted++).submittedMs = nowMs;
    this.#queue.submit();
  }

  #at(index: number): Transfer {
    return this.#transfers[index % this.#transfers.length] as Transfer;
  }
}
