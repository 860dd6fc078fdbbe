import type { VolumeCase } from "../case.ts";
import { interruptionCases } from "./interruption.ts";
import { leftoverCases } from "./leftovers.ts";
import { removalCases } from "./removal.ts";
import { survivalCases } from "./survival.ts";

/** Group R: what Remove takes and what it must leave. */
export const removeCases: readonly VolumeCase[] = [
  ...removalCases,
  ...survivalCases,
  ...leftoverCases,
  ...interruptionCases,
].sort((one, other) => one.id.localeCompare(other.id));
