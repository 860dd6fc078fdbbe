import { callsChecker } from "./calls.ts";
import { limitChecker, promptChecker, steadyChecker } from "./latency.ts";
import { oddityCheckers, type VisibilityChecker } from "./oddities.ts";
import { scenarioChecker } from "./scenarios.ts";
import { floorChecker, measuredChecker, seenChecker } from "./seen.ts";

export const visibilityCheckers: readonly VisibilityChecker[] = [
  ...oddityCheckers,
  callsChecker,
  seenChecker,
  promptChecker,
  steadyChecker,
  limitChecker,
  scenarioChecker,
  floorChecker,
  measuredChecker,
];
