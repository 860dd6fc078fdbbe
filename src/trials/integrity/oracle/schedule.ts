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

/** The steps of one worker in one region, counted from 0 among themselves: turn t is in lap t / own slots. */
export interface Lane {
  region: Region;
  worker: number;
  /** Slots of the region that belong to the worker; at least 1. */
  ownSlots: number;
  /** What a turn writes. */
  at(turn: number): SlotGeneration;
  /** The newest of the lane's first `turns` turns that writes the slot; -1 when none does. */
  lastTurn(slot: number, turns: number): number;
  /** The turn that writes the slot in that generation (from 1). */
  turnOf(slot: number, generation: number): number;
  /** The generation that a turn writes; 0 for turn -1. */
  generationOf(turn: number): number;
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
  const lanes = workload.regions.flatMap((region) => laneOf(workload, region, worker));
  const count = lanes.length;
  const rounds = createPermutation(count, seedOf(workload.runId, worker, 0));
  const indexOf = (lane: Lane): number => lanes.findIndex(({ region }) => region.id === lane.region.id);
  return {
    lanes,
    at: (step) => {
      const round = Math.floor(step / count);
      const lane = lanes[rounds.at(round, step % count)];
      if (!lane) throw new RangeError(`worker ${worker} of ${workload.workers} has no slots`);
      const { region, slot, generation } = lane.at(round);
      return { region, slot, generation, step, sequence: step * workload.workers + worker };
    },
    stepOf: (lane, turn) => turn * count + rounds.positionOf(turn, indexOf(lane)),
    turnsBefore: (lane, steps) => {
      const round = Math.floor(steps / count);
      return round + (rounds.positionOf(round, indexOf(lane)) < steps % count ? 1 : 0);
    },
  };
}

function laneOf(workload: Workload, region: Region, worker: number): Lane[] {
  const { workers, order, runId } = workload;
  const shared = region.kind !== "append";
  const ownSlots = shared
    ? Math.max(0, Math.ceil((region.slots - worker) / workers))
    : ownerOf(region, 0, workers) === worker
      ? region.slots
      : 0;
  if (ownSlots === 0) return [];
  const laps: Permutation =
    order === "random" && shared ? createPermutation(ownSlots, seedOf(runId, worker, region.id)) : IN_ORDER;
  const slotAt = (own: number): number => (shared ? own * workers + worker : own);
  const ownOf = (slot: number): number => (shared ? (slot - worker) / workers : slot);
  const lane: Lane = {
    region,
    worker,
    ownSlots,
    at: (turn) => {
      const lap = Math.floor(turn / ownSlots);
      return { region: region.id, slot: slotAt(laps.at(lap, turn % ownSlots)), generation: lap + 1 };
    },
    lastTurn: (slot, turns) => {
      const own = ownOf(slot);
      const lap = Math.floor(turns / ownSlots);
      const turn = lap * ownSlots + laps.positionOf(lap, own);
      if (turn < turns || lap === 0) return turn < turns ? turn : -1;
      return (lap - 1) * ownSlots + laps.positionOf(lap - 1, own);
    },
    turnOf: (slot, generation) => (generation - 1) * ownSlots + laps.positionOf(generation - 1, ownOf(slot)),
    generationOf: (turn) => Math.floor(turn / ownSlots) + 1,
  };
  return [lane];
}

/** Region ids start from 1: 0 is for the order of the lanes. */
function seedOf(runId: string, worker: number, region: number): number {
  const words = [0, 8, 16, 24].map((from) => Number.parseInt(runId.slice(from, from + 8), 16));
  return mixAll(...words, worker, region);
}
