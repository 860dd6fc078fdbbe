import type { Composition } from "./composition.ts";
import type { Surroundings } from "./surroundings.ts";

/** What a command gets beside its flags. */
export interface CommandContext {
  surroundings: Surroundings;
  composition: Composition;
}
