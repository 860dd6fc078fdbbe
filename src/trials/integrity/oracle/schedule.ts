import { mixAll } from "../blocks/mix.ts";
import type { Region, Workload } from "../model.ts";
import { createPermutation, IN_ORDER, type Permutation } from "./permutation.ts";

/** One slot in one generation: what a step writes. */
export interface SlotGeneration {
  region: number;
  slot: number;
  generation: number;
}

/** What a worker does in one step. */
export interface Step extends SlotGeneration {
  /** From 0, over all sessions. */
  step: number;
  sequence: number;
}

/** All that one worker does. Everything follows from the workload by arithmetic; nothing is remembered. */
export interface WorkerSchedule {
  /** Regions in which the worker has slots, in the workload's order; none for a worker that has nothing to do. */
  lanes: readonly Lane[];
  /** @throws RangeError when the worker has no lanes */
  at(step: number): Step;
  /** The step of a lane's turn. */
  stepOf(lane: Lane, turn: number): number;
  /** How many of the worker's first `steps` steps are in the lane. */
  turnsBefore(lane: Lane, steps: number): number;
}

/** The worker that a slot belongs to. */
export function ownerOf(region: Region, slot: number, workers: number): number {
  return (region.kind === "append" ? region.id : slot) % workers;
}

/**
 * The lanes take one step each in turn, in an order of its own for each round: regions are mixed evenly, and where a
 * step is and what was before it needs no counting.
 */
export function createSchedule(workload: Workload, worker: number): WorkerSchedule {
  const lanes = workload.regions
    .filter((region) => ownSlotsOf(region, worker, workload.workers) > 0)
    .map((region, index) => new Lane(workload, region, worker, index));
  const count = lanes.length;
  const rounds = createPermutation(count, seedOf(workload.runId, worker, 0));
  return {
    lanes,
    at: (step) => {
      const round = Math.floor(step / count);
      const lane = lanes[rounds.at(round, step % count)];
      if (!lane) throw new RangeError(`worker ${worker} of ${workload.workers} has no slots`);
      const { region, slot, generation } = lane.at(round);
      return { region, slot, generation, step, sequence: step * workload.workers + worker };
    },
    stepOf: (lane, turn) => turn * count + rounds.positionOf(turn, lane.index),
    turnsBefore: (lane, steps) => {
      const round = Math.floor(steps / count);
      return round + (rounds.positionOf(round, lane.index) < steps % count ? 1 : 0);
    },
  };
}

function ownSlotsOf(region: Region, worker: number, workers: number): number {
  if (region.kind === "append") return ownerOf(region, 0, workers) === worker ? region.slots : 0;
  return Math.max(0, Math.ceil((region.slots - worker) / workers));
}

/** The steps of one worker in one region, counted from 0 among themselves: turn t is in lap t / own slots. */
export class Lane {
  readonly region: Region;
  readonly worker: number;
  /** Among the worker's lanes. */
  readonly index: number;
  /** Slots of the region that belong to the worker; at least 1. */
  readonly ownSlots: number;
  readonly #first: number;
  readonly #stride: number;
  readonly #laps: Permutation;

  constructor({ runId, workers, order }: Workload, region: Region, worker: number, index: number) {
    const appends = region.kind === "append";
    this.region = region;
    this.worker = worker;
    this.index = index;
    this.ownSlots = ownSlotsOf(region, worker, workers);
    this.#first = appends ? 0 : worker;
    this.#stride = appends ? 1 : workers;
    const shuffled = order === "random" && !appends;
    this.#laps = shuffled ? createPermutation(this.ownSlots, seedOf(runId, worker, region.id)) : IN_ORDER;
  }

  /** What a turn writes. */
  at(turn: number): SlotGeneration {
    const lap = Math.floor(turn / this.ownSlots);
    const own = this.#laps.at(lap, turn - lap * this.ownSlots);
    return { region: this.region.id, slot: this.#first + own * this.#stride, generation: lap + 1 };
  }

  /** The turn that writes the slot in that generation (from 1). */
  turnOf(slot: number, generation: number): number {
    const own = (slot - this.#first) / this.#stride;
    return (generation - 1) * this.ownSlots + this.#laps.positionOf(generation - 1, own);
  }

  /** The newest of the first `turns` turns that writes the slot; -1 when none does. */
  lastTurn(slot: number, turns: number): number {
    const lap = Math.floor(turns / this.ownSlots);
    const turn = this.turnOf(slot, lap + 1);
    if (turn < turns) return turn;
    return lap === 0 ? -1 : this.turnOf(slot, lap);
  }

  /** The generation that a turn writes; 0 for turn -1. */
  generationOf(turn: number): number {
    return Math.floor(turn / this.ownSlots) + 1;
  }
}

/** Region ids start from 1: 0 is for the order of the lanes. */
function seedOf(runId: string, worker: number, region: number): number {
  const words = [0, 8, 16, 24].map((from) => Number.parseInt(runId.slice(from, from + 8), 16));
  return mixAll(...words, worker, region);
}
