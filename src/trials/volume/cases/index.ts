import type { VolumeCase } from "./case.ts";
import { protocolCases } from "./protocol/index.ts";

/** Every case there is, in the order of the table. */
export const volumeCases: readonly VolumeCase[] = [...protocolCases];
