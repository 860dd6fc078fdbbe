import type { VolumeCase } from "../case.ts";
import { injectionCases } from "./injection.ts";
import { ownNameCases } from "./own-names.ts";
import { spellingCases } from "./spelling.ts";

/** What names may do: be names. */
export const nameCases: readonly VolumeCase[] = [
  spellingCases.plainNames,
  injectionCases.pathsInNames,
  injectionCases.commandsInNames,
  spellingCases.controlCharacters,
  spellingCases.longNames,
  spellingCases.unicodeNames,
  ownNameCases.ownNames,
  injectionCases.missingNames,
];
