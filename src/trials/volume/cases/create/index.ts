import type { VolumeCase } from "../case.ts";
import { interruptedCreateCases } from "./interrupted.ts";
import { manyCreateCases } from "./many.ts";
import { oddValueCases } from "./odd-values.ts";
import { singleCreateCases } from "./single.ts";

/** How volumes come to be. */
export const createCases: readonly VolumeCase[] = [
  singleCreateCases.createAndFind,
  singleCreateCases.createAgain,
  singleCreateCases.createDifferently,
  manyCreateCases.manyVolumes,
  manyCreateCases.oneNameAtOnce,
  singleCreateCases.badOptions,
  singleCreateCases.missingOptions,
  oddValueCases.valuesWithCommas,
  interruptedCreateCases.backEndFails,
  interruptedCreateCases.killedInCreate,
  manyCreateCases.createAgainstRemove,
];
