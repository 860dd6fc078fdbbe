import type { VolumeCase } from "./case.ts";
import { dataCases } from "./data/index.ts";
import { getListCases } from "./get-list/index.ts";
import { mountCases } from "./mount/index.ts";
import { removeCases } from "./remove/index.ts";
import { restartCases } from "./restart/index.ts";

/** Every case there is, in the order of the table. */
export const volumeCases: readonly VolumeCase[] = [
  ...getListCases,
  ...mountCases,
  ...dataCases,
  ...removeCases,
  ...restartCases,
];
