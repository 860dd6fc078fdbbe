import type { VolumeCase } from "../case.ts";

/** Group X: restarts, crashes and lost states. */
export const restartCases: readonly VolumeCase[] = [];
