import type { VolumeCase } from "./case.ts";
import { createCases } from "./create/index.ts";
import { dataCases } from "./data/index.ts";
import { engineCases } from "./engine/index.ts";
import { getListCases } from "./get-list/index.ts";
import { mountCases } from "./mount/index.ts";
import { nameCases } from "./names/index.ts";
import { protocolCases } from "./protocol/index.ts";
import { removeCases } from "./remove/index.ts";
import { restartCases } from "./restart/index.ts";
import { securityCases } from "./security/index.ts";

/** Every case there is, in the order of the table. */
export const volumeCases: readonly VolumeCase[] = [
  ...protocolCases,
  ...createCases,
  ...nameCases,
  ...getListCases,
  ...mountCases,
  ...dataCases,
  ...removeCases,
  ...restartCases,
  ...engineCases,
  ...securityCases,
];
