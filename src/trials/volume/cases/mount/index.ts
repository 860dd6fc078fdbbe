import type { VolumeCase } from "../case.ts";
import { atOnceCases } from "./at-once.ts";
import { countingCases } from "./counting.ts";
import { cycleCases } from "./cycles.ts";
import { failingCases } from "./failing.ts";
import { inUseCases } from "./in-use.ts";
import { lateUnmountCases } from "./late-unmounts.ts";
import { lostCases } from "./lost.ts";
import { pathCases } from "./path.ts";

/** Group M: Mount and Unmount. */
export const mountCases: readonly VolumeCase[] = [
  ...pathCases,
  ...countingCases,
  ...atOnceCases,
  ...lateUnmountCases,
  ...inUseCases,
  ...failingCases,
  ...lostCases,
  ...cycleCases,
];
