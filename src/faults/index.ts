import type { Fault } from "../core/fault.ts";
import { kill } from "./kill.ts";
import { pause } from "./pause.ts";

/** Every kind of fault that a plan may name. */
export const faults: readonly Fault[] = [kill, pause];
