import { callsChecker } from "./calls.ts";
import type { IntegrityChecker } from "./claims.ts";
import { damageChecker, stableReadsChecker } from "./damage.ts";
import { fioChecker } from "./fio.ts";
import { crashedChecker, oracleChecker, readBackChecker } from "./read-back.ts";

export const integrityCheckers: readonly IntegrityChecker[] = [
  damageChecker,
  stableReadsChecker,
  callsChecker,
  fioChecker,
  readBackChecker,
  crashedChecker,
  oracleChecker,
];
