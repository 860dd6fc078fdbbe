import type { Log } from "../../core/log.ts";
import type { Surroundings } from "../surroundings.ts";
import type { DriverServeFlags } from "./flags.ts";
import type { DriverSettings } from "./settings.ts";

/** What a back end is opened with. */
export interface BackEndPlace {
  flags: DriverServeFlags;
  settings: DriverSettings;
  surroundings: Surroundings;
  env: Readonly<Record<string, string>>;
  log: Log;
}
