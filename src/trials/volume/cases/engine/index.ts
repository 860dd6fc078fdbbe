import type { VolumeCase } from "../case.ts";
import { appendingCases } from "./appending.ts";
import { atOnceCases } from "./at-once.ts";
import { copyingCases } from "./copying.ts";
import { elsewhereCases } from "./elsewhere.ts";
import { makingCases } from "./making.ts";
import { usingCases } from "./using.ts";

/** Group E: through an engine. */
export const engineCases: readonly VolumeCase[] = [
  ...makingCases,
  ...usingCases,
  ...atOnceCases,
  ...copyingCases,
  ...elsewhereCases,
  ...appendingCases,
].sort((one, other) => one.id.localeCompare(other.id));
