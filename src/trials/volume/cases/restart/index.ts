import type { VolumeCase } from "../case.ts";
import { engineCrashCases } from "../engine/crashes.ts";
import { engineRandomCases } from "../engine/random/case.ts";
import { damageCases } from "./damage.ts";
import { engineCallCases } from "./engine-call.ts";
import { keepingCases } from "./keeps.ts";
import { randomCases } from "./random/case.ts";
import { stoppingCases } from "./stopping.ts";

/** Group X: restarts, crashes and lost states. */
export const restartCases: readonly VolumeCase[] = [
  ...keepingCases,
  ...randomCases,
  ...damageCases,
  ...stoppingCases,
  ...engineCallCases,
  ...engineCrashCases,
  ...engineRandomCases,
].sort((one, other) => one.id.localeCompare(other.id));
