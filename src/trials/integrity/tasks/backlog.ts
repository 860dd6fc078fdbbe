import type { Damage, ReadPath, Workload, WriteResult } from "../model.ts";
import type { Bounds } from "../oracle/bounds.ts";
import type { Step } from "../oracle/schedule.ts";
import { LatencyClasses } from "./latency-classes.ts";
import { SlotReader } from "./slot-reader.ts";

/** How much is read back while writing goes on. */
export interface BacklogInput {
  /** The newest so many that a sync covers; each is read once, unless it is written again first. */
  slots: number;
  /** Steps from one look to the next. */
  everySteps: number;
}

/** Where a writer's own slots are read back. */
export interface BacklogPlace {
  directory: string;
  workload: Workload;
  path: ReadPath;
  epoch: number;
}

const TOLD_DAMAGES = 20;

/** Reads back what one worker has written and synced, by what the worker itself knows of it. */
export class Backlog {
  readonly #place: BacklogPlace;
  readonly #reader: SlotReader;
  readonly #unsynced = new Map<string, Step>();
  /** In the order of their writing. */
  readonly #due = new Map<string, Step>();
  #seen: NonNullable<WriteResult["backlog"]> = nothing();

  constructor(place: BacklogPlace) {
    this.#place = place;
    this.#reader = new SlotReader({
      ...place,
      readNs: new LatencyClasses(),
      boundsOf: (region, slot) => this.#boundsOf(this.#due.get(keyOf({ region, slot }))),
    });
  }

  /** From now on the slot holds something else. */
  wrote(step: Step): void {
    this.forget(step);
    this.#unsynced.set(keyOf(step), step);
  }

  /** Nobody knows what the slot holds. */
  forget(step: Step): void {
    this.#due.delete(keyOf(step));
    this.#unsynced.delete(keyOf(step));
  }

  /** A sync has failed: nobody knows what the slots hold that it covered. */
  forgetUnsynced(): void {
    this.#unsynced.clear();
  }

  /** All that was written is promised. */
  synced(): void {
    for (const [key, step] of this.#unsynced) this.#due.set(key, step);
    this.#unsynced.clear();
  }

  /** Reads the newest `slots` of what is promised and has not been read yet. */
  look(slots: number): void {
    for (const { region: id, slot } of [...this.#due.values()].slice(-slots)) {
      const region = this.#place.workload.regions.find((one) => one.id === id);
      if (!region) continue;
      const { damages } = this.#reader.read({ region, fromSlot: slot, toSlot: slot + 1 });
      this.#seen.slots++;
      this.#seen.damageCount += damages.length;
      for (const damage of damages)
        if (this.#seen.damages.length < TOLD_DAMAGES) this.#seen.damages.push(named(damage));
    }
    this.#due.clear();
  }

  /** What was seen since the last time. */
  take(): NonNullable<WriteResult["backlog"]> {
    const seen = this.#seen;
    this.#seen = nothing();
    return seen;
  }

  close(): void {
    this.#reader.close();
  }

  #boundsOf(step: Step | undefined): Bounds {
    const { generation = 0, sequence = 0 } = step ?? {};
    const { epoch } = this.#place;
    return {
      low: generation,
      high: generation,
      refused: [],
      zerosRight: false,
      inFlight: false,
      fence: epoch,
      origin: (of) => (of === generation ? { epoch, sequence } : undefined),
    };
  }
}

/** Only the lab knows which epoch an older generation is of: to the writer every one is what a lost write leaves. */
function named(damage: Damage): Damage {
  const isOlder = damage.found !== undefined && damage.found.generation < damage.allowed.low;
  const isStrange = damage.kind === "zombie-writer" || damage.kind === "from-the-future";
  return isOlder && isStrange ? { ...damage, kind: "lost-write" } : damage;
}

function nothing(): NonNullable<WriteResult["backlog"]> {
  return { slots: 0, damages: [], damageCount: 0 };
}

function keyOf({ region, slot }: Pick<Step, "region" | "slot">): string {
  return `${region}/${slot}`;
}
