import { defineTrial } from "../../core/trial.ts";
import { chartVolume } from "./charts.ts";
import { casesChecker } from "./checkers.ts";
import { factsOfVolume } from "./facts.ts";
import { headlineOfVolume } from "./headline.ts";
import { measureVolume, volumeMetrics } from "./measure.ts";
import { volumeOperation } from "./operation-schema.ts";
import { volumeFlags, volumeProfiles, volumeTrialOptions } from "./options.ts";
import { planVolume } from "./plan.ts";
import { runVolume } from "./run.ts";

/** Whether a volume driver keeps what engines rely on: under load, through crashes, against hostile names and failing back ends. */
export const volumeTrial = defineTrial({
  id: "volume",
  title: "Volume driver",
  question:
    "Does a Docker volume driver keep what engines rely on: under load, through crashes, against hostile names and a back end that fails?",
  limits: [
    "It speaks of this version of the driver with these options: another back end or setting is another subject.",
    "The suite speaks to the driver as Docker Engine 20.10 does; other versions of engines call otherwise in places.",
    "A case that was skipped says nothing: the facts name what could not be reached.",
    "A race that the calls at once did not hit may still be there: more --rounds and --concurrency find more.",
    "What the driver's back end keeps through a power cut is a question for the trial of integrity.",
  ],
  options: volumeTrialOptions,
  profiles: volumeProfiles,
  flags: volumeFlags,
  importers: [],
  operation: volumeOperation,
  needs: [],
  metrics: volumeMetrics,
  checkers: [casesChecker],
  plan: planVolume,
  run: runVolume,
  measure: measureVolume,
  charts: chartVolume,
  facts: factsOfVolume,
  headline: headlineOfVolume,
});
