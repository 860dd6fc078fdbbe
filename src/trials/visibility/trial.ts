import { defineTrial } from "../../core/trial.ts";
import { chartVisibility } from "./charts.ts";
import { visibilityCheckers } from "./checkers/index.ts";
import { factsOfVisibility } from "./facts.ts";
import { headlineOfVisibility } from "./headline.ts";
import { mountTesterImporter } from "./import.ts";
import { measureVisibility, visibilityMetrics } from "./measure.ts";
import { visibilityOperation } from "./operation-schema.ts";
import { visibilityFlags, visibilityOptions, visibilityProfiles } from "./options.ts";
import { planVisibility } from "./plan.ts";
import { runVisibility } from "./run.ts";

/** How long after a change on one side of a container mount the other side sees it, and whether it ever sees it wrong. */
export const visibilityTrial = defineTrial({
  id: "visibility",
  title: "Mount visibility",
  question:
    "How long after a change on one side of a mount does the other side see it, and does it ever see something wrong?",
  limits: [
    "It speaks of this machine, this mount and this load: another kernel, engine or cache setting is another subject.",
    "What a reader sees promptly is not yet durable: nothing is said of crashes and power cuts.",
    "A rate of failures below about 3 in the number of samples taken can hide: no finding is no proof of none.",
    "Latencies below the detection floor cannot be told from it.",
  ],
  options: visibilityOptions,
  profiles: visibilityProfiles,
  flags: visibilityFlags,
  importers: [mountTesterImporter],
  operation: visibilityOperation,
  needs: [],
  metrics: visibilityMetrics,
  checkers: visibilityCheckers,
  plan: planVisibility,
  run: runVisibility,
  measure: measureVisibility,
  charts: chartVisibility,
  facts: factsOfVisibility,
  headline: headlineOfVisibility,
});
