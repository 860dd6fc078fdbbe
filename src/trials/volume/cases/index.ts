import type { VolumeCase } from "./case.ts";
import { removeCases } from "./remove/index.ts";
import { restartCases } from "./restart/index.ts";

/** Every case there is, in the order of the table. */
export const volumeCases: readonly VolumeCase[] = [...removeCases, ...restartCases];
