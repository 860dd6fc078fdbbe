import { found } from "../../core/finding.ts";
import type { Finding } from "../../core/report.ts";
import type { Checker } from "../../core/trial.ts";
import { GROUPS, SEVERITIES, type VolumeCase } from "./cases/case.ts";
import { volumeCases } from "./cases/index.ts";
import { createStory, type TriedCase } from "./judge/story.ts";
import type { VolumeOp } from "./model.ts";
import type { VolumeTrialOptions } from "./options.ts";
import type { VolumeSteps } from "./plan.ts";

/** `volume.M06` */
export function claimOf({ id }: Pick<VolumeCase, "id">): string {
  return `volume.${id}`;
}

/** One finding for each case that was tried: the failures first, the worst of them before the others. */
export const casesChecker: Checker<VolumeTrialOptions, VolumeOp, VolumeSteps> = {
  id: "volume.cases",
  claims: volumeCases.map(claimOf),
  begin: (context) => {
    const story = createStory(context);
    return {
      see: story.see,
      finish: () => story.finish().tried.toSorted(bySeverityOfFailures).map(findingOf),
    };
  },
};

function bySeverityOfFailures(a: TriedCase, b: TriedCase): number {
  const rank = ({ judgement, volumeCase }: TriedCase) =>
    judgement.verdict === "fail" ? SEVERITIES.indexOf(volumeCase.severity) : SEVERITIES.length;
  return rank(a) - rank(b);
}

function findingOf({ volumeCase, judgement, events }: TriedCase): Finding {
  const { verdict, detail, settle, known } = judgement;
  return found({ claim: claimOf(volumeCase), statement: statementOf(volumeCase) }, verdict, detail, {
    scope: { ...scopeOf(volumeCase), ...(known === undefined ? {} : { known }) },
    evidence: { events, eventCount: events.length },
    ...(settle === undefined ? {} : { settle }),
  });
}

function statementOf({ id, title, requirement }: VolumeCase): string {
  return `${id} ${title}: ${requirement}`;
}

function scopeOf({ id, severity, original = [] }: VolumeCase): Record<string, string> {
  const group = GROUPS[id.charAt(0) as keyof typeof GROUPS];
  return { group, severity, ...(original.length > 0 ? { "original test": original.join(", ") } : {}) };
}
