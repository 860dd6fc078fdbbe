import type { Workload } from "../model.ts";
import { createSchedule, type Step } from "./schedule.ts";

/** Walks one worker's steps. */
export interface Stepper {
  /** Slots that the worker writes, over all regions; with none it has no steps and must not be asked for one. */
  readonly slots: number;
  /** The step that `next` gives. */
  readonly position: number;
  /** @throws RangeError when the worker has no slots */
  next(): Step;
  /** Costs nothing, however far. */
  skipTo(step: number): void;
}

/** Starts at step 0. */
export function createStepper(workload: Workload, worker: number): Stepper {
  const schedule = createSchedule(workload, worker);
  let position = 0;
  return {
    slots: schedule.lanes.reduce((sum, { ownSlots }) => sum + ownSlots, 0),
    get position() {
      return position;
    },
    next: () => schedule.at(position++),
    skipTo: (step) => {
      position = step;
    },
  };
}
