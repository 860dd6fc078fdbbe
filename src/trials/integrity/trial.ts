import { defineTrial } from "../../core/trial.ts";
import { chartIntegrity } from "./charts.ts";
import { integrityCheckers } from "./checkers/index.ts";
import { factsOfIntegrity } from "./facts.ts";
import { headlineOfIntegrity } from "./headline.ts";
import { integrityMetrics, measureIntegrity } from "./measure.ts";
import { integrityOperation } from "./operation-schema.ts";
import { integrityFlags, integrityOptions, integrityProfiles } from "./options.ts";
import { planIntegrity } from "./plan.ts";
import { runIntegrity } from "./run.ts";

/** Whether storage keeps what it acknowledged, whole, in its place and in the newest version, through crashes. */
export const integrityTrial = defineTrial({
  id: "integrity",
  title: "I/O integrity",
  question:
    "Does the storage keep what it acknowledged, whole, in its place and in the newest version, through crashes and power cuts?",
  limits: [
    "It speaks of the faults that were injected and the blocks that were written: of no other block size, file system or setting.",
    "A power cut of the lab's disk tests the order in which software flushes; what a real disk or the host below caches is not reached.",
    "SIGKILL of a container leaves the kernel's page cache whole: only a power cut shows what was never written out.",
    "What was in flight at a crash may have been kept or lost; either is right, and such blocks are counted, not judged.",
    "Order that the disk happened to keep this time is no promise that it keeps it.",
  ],
  options: integrityOptions,
  profiles: integrityProfiles,
  flags: integrityFlags,
  importers: [],
  operation: integrityOperation,
  needs: [],
  metrics: integrityMetrics,
  checkers: integrityCheckers,
  plan: planIntegrity,
  run: runIntegrity,
  measure: measureIntegrity,
  charts: chartIntegrity,
  facts: factsOfIntegrity,
  headline: headlineOfIntegrity,
});
