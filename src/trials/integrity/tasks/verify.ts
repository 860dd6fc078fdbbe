import { availableParallelism } from "node:os";
import { createClassSum } from "../../../statistics/weighted.ts";
import { createDamageLog } from "../blocks/damage-log.ts";
import type { Damage, Latencies, Promised, ReadPath, Region, Settled, VerifyResult, Workload } from "../model.ts";
import { foldPromised, type Oracle } from "../oracle/oracle.ts";
import { reorderedSlots } from "../oracle/reordered.ts";
import type { SlotGeneration } from "../oracle/schedule.ts";
import { inOrder } from "./in-order.ts";
import { createStopFlag, raise } from "./pace.ts";
import { type BlockStretch, blocksOfSlot, portionBytes, portionsOf } from "./portions.ts";
import { settlingOf } from "./settle.ts";
import type { SlotsSeen } from "./slots-seen.ts";
import type { ThreadJob } from "./thread-work.ts";
import type { Threads } from "./threads.ts";
import type { Look, PortionSeen } from "./verify-thread.ts";

/** What to read back, and what it is held against. */
export interface VerifyInput {
  directory: string;
  promised: Promised;
  path: ReadPath;
  /** Make durable what is there first; then tell which of several right answers it is. */
  settle: boolean;
  /** Everything when absent. */
  only?: readonly BlockStretch[];
}

/** Told while it is read. */
export interface VerifyProgress {
  doneBytes: number;
  totalBytes: number;
}

/** Who is told, who does the work, and who may stop it. */
export interface VerifyContext {
  threads: Threads<ThreadJob>;
  signal: AbortSignal;
  emit(progress: VerifyProgress): void;
}

const TOLD_STRETCHES = 200;
const MOST_THREADS = 8;
const TELL_INTERVAL_MS = 100;

/** Names that a single look has for what only all of a verification can tell. */
const AT_ONE_LOOK: Partial<Record<Damage["kind"], Look>> = {
  swapped: "misdirected",
  duplicated: "misdirected",
  "stale-file": "lost-write",
};

/** Reads everything back and names what is wrong. @throws the signal's reason when it is stopped: half a look is none */
export async function verify(input: VerifyInput, context: VerifyContext): Promise<VerifyResult> {
  const beganMs = performance.now();
  const { directory, promised } = input;
  const thread = context.threads.thread(0);
  const isSynced = input.settle && (await thread.run<boolean>({ kind: "sync", directory, promised }));
  const summary = new VerifySummary(promised);
  const readNs = await readAll(input, context, summary);
  const result = summary.result(isSynced);
  const damages = await lookedAtAgain(input, context, result.damages);
  return { ...result, damages, readNs, durationNs: Math.round((performance.now() - beganMs) * 1e6) };
}

async function readAll(input: VerifyInput, context: VerifyContext, summary: VerifySummary): Promise<Latencies> {
  const { threads, signal, emit } = context;
  const { directory, promised, path, only } = input;
  const { workload } = promised;
  const portions = portionsOf(workload.regions, only);
  const totalBytes = portions.reduce((sum, portion) => sum + portionBytes(portion), 0);
  let told = { doneBytes: 0, atMs: performance.now() };
  let doneBytes = 0;
  const take = inOrder((seen: SlotsSeen) => summary.add(seen));
  const hear = (event: unknown) => {
    const { index, seen } = event as PortionSeen;
    take(index, seen);
    const portion = portions[index];
    if (portion) doneBytes += portionBytes(portion);
    if (doneBytes < totalBytes && performance.now() - told.atMs < TELL_INTERVAL_MS) return;
    told = { doneBytes, atMs: performance.now() };
    emit({ doneBytes, totalBytes });
  };
  const stop = createStopFlag();
  const next = new Int32Array(new SharedArrayBuffer(4));
  const abort = () => raise(stop);
  signal.throwIfAborted();
  signal.addEventListener("abort", abort, { once: true });
  try {
    const job: ThreadJob = { kind: "read", input: { directory, promised, path, next, stop, ...(only && { only }) } };
    const count = Math.min(MOST_THREADS, Math.max(workload.workers, availableParallelism()), portions.length);
    const running = Array.from({ length: count }, (_, index) => threads.thread(index).run<Latencies>(job, hear));
    const parts = await Promise.all(running);
    signal.throwIfAborted();
    const readNs = createClassSum();
    for (const part of parts) readNs.add(part);
    return readNs.sum();
  } finally {
    raise(stop);
    signal.removeEventListener("abort", abort);
  }
}

/** Tells a stale cache from lost media, and what reads differently each time. */
async function lookedAtAgain(
  { directory, promised, path }: VerifyInput,
  { threads }: VerifyContext,
  damages: readonly Damage[],
): Promise<Damage[]> {
  if (damages.length === 0) return [];
  const otherPath: ReadPath = path === "direct" ? "buffered" : "direct";
  const look = (by: ReadPath) =>
    threads.thread(0).run<Look[] | "refused">({
      kind: "look-again",
      input: { directory, promised, path: by, places: damages.map(({ region, block }) => ({ region, block })) },
    });
  const [same, other] = [await look(path), await look(otherPath)];
  if (same === "refused" || other === "refused") return [...damages];
  const named = (damage: Damage, answer: Look | undefined): Look =>
    answer === undefined || answer === AT_ONE_LOOK[damage.kind] ? damage.kind : answer;
  return damages.map((damage, i) => ({
    ...damage,
    again: { otherPath, other: named(damage, other[i]), same: named(damage, same[i]) },
  }));
}

/** Sums up what the portions show, in their order. */
class VerifySummary {
  readonly #oracle: Oracle;
  readonly #workload: Workload;
  readonly #regions: ReadonlyMap<number, Region>;
  readonly #log = createDamageLog(TOLD_STRETCHES);
  readonly #promisedBlocks = new Map<number, number>();
  readonly #found: SlotGeneration[] = [];
  readonly #settled: Settled[] = [];
  readonly #canSettle: ReturnType<typeof settlingOf>;
  #blocks = 0;
  #readBytes = 0;
  #tornInFlight = 0;
  #uncertain = 0;
  #kept = 0;

  constructor(promised: Promised) {
    const { regions } = promised.workload;
    this.#oracle = foldPromised(promised);
    this.#canSettle = settlingOf(promised, this.#oracle);
    this.#workload = promised.workload;
    this.#regions = new Map(regions.map((region) => [region.id, region]));
  }

  add(seen: SlotsSeen): void {
    const { region } = seen;
    this.#blocks += seen.slots * this.#perSlot(region);
    this.#readBytes += seen.readBytes;
    this.#tornInFlight += seen.tornInFlight;
    this.#promisedBlocks.set(region, (this.#promisedBlocks.get(region) ?? 0) + seen.promisedBlocks);
    for (const damage of seen.damages) this.#log.add(damage);
    for (const { slot, generation, isWhole, isNewest } of seen.uncertain) {
      this.#uncertain++;
      if (isNewest) this.#kept++;
      if (generation === undefined) continue;
      this.#found.push({ region, slot, generation });
      if (isWhole && this.#canSettle(region, slot)) this.#settled.push([region, slot, generation]);
    }
  }

  result(isSynced: boolean): Omit<VerifyResult, "readNs" | "durationNs"> {
    const ends = { boundsOf: this.#boundsOf, promisedBlocks: this.#promisedBlocks };
    return {
      blocks: this.#blocks,
      readBytes: this.#readBytes,
      ...this.#log.finish(ends),
      uncertainSlots: this.#uncertain,
      keptUncertainSlots: this.#kept,
      reorderedSlots: reorderedSlots(this.#oracle, this.#workload, this.#found).length,
      tornInFlight: this.#tornInFlight,
      ...(isSynced && { settled: this.#settled }),
    };
  }

  readonly #boundsOf = (region: number, block: number) => {
    const home = this.#regions.get(region);
    const slot = home && Math.floor(block / blocksOfSlot(home));
    return slot !== undefined && slot < (home?.slots ?? 0) ? this.#oracle.bounds(region, slot) : undefined;
  };

  #perSlot(region: number): number {
    const known = this.#regions.get(region);
    return known ? blocksOfSlot(known) : 0;
  }
}
