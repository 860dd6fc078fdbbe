import type { Trial } from "../core/trial.ts";
import { integrityTrial } from "./integrity/trial.ts";
import { visibilityTrial } from "./visibility/trial.ts";
import { volumeTrial } from "./volume/trial.ts";

/** Every trial there is, in the order in which they run. */
export const trials: readonly Trial[] = [visibilityTrial, integrityTrial, volumeTrial];
