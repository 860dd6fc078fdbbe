import type { VolumeCase } from "../case.ts";
import { keyCases } from "./keys.ts";
import { mountCases } from "./mounts.ts";
import { optionCases } from "./options.ts";
import { storedSecretCases } from "./stored-secrets.ts";
import { visibleSecretCases } from "./visible-secrets.ts";

/** What others may see, and reach. */
export const securityCases: readonly VolumeCase[] = [
  storedSecretCases.storedSecrets,
  visibleSecretCases.secretsInSight,
  keyCases.refusedKeys,
  mountCases.closedDirectories,
  mountCases.mountFlags,
  optionCases.dangerousOptions,
];
