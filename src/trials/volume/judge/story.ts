import type { Fold, HistoryEvent } from "../../../core/history.ts";
import type { JudgeContext } from "../../../core/trial.ts";
import type { VolumeCase } from "../cases/case.ts";
import { volumeCases } from "../cases/index.ts";
import type { CaseResult, VolumeOp } from "../model.ts";
import { type DriverNote, NOTES } from "../notes.ts";
import type { VolumeTrialOptions } from "../options.ts";
import type { VolumeSteps } from "../plan.ts";
import { knownOf } from "./known.ts";
import { judgeCase, type Judgement } from "./verdict.ts";

export type VolumeJudgeContext = JudgeContext<VolumeTrialOptions, VolumeSteps>;
export type VolumeFold<Result> = Fold<HistoryEvent<VolumeOp>, Result>;

/** One case as it was tried. */
export interface TriedCase {
  volumeCase: VolumeCase;
  judgement: Judgement;
  /** Absent when it came to no end. */
  result?: CaseResult;
  startNs: number;
  endNs: number;
  /** Its begin and its end in the history. */
  events: number[];
}

/** What happened, as judges, figures, charts and facts need it. */
export interface Story {
  driver?: DriverNote;
  /** In the table's order. */
  tried: TriedCase[];
}

/** Reads the history once; cases that this version does not know are left out. */
export function createStory({ options: { known } }: VolumeJudgeContext): VolumeFold<Story> {
  const begun = new Map<number, number>();
  const tried = new Map<string, TriedCase>();
  const story: Story = { tried: [] };
  return {
    see: (event) => {
      if (event.kind === "invoke") begun.set(event.index, event.timeNs);
      if (event.kind === "note" && event.note === NOTES.driver) story.driver = event.data as DriverNote;
      if (event.kind !== "ok" && event.kind !== "fail" && event.kind !== "unknown") return;
      const volumeCase = volumeCases.find(({ id }) => id === event.op.id);
      if (!volumeCase) return;
      const { result } = event.op;
      tried.set(volumeCase.id, {
        volumeCase,
        judgement: result
          ? judgeCase(volumeCase, result, knownOf(volumeCase.id, known))
          : brokenOff(volumeCase, "reason" in event ? event.reason : undefined),
        ...(result && { result }),
        startNs: begun.get(event.invokeIndex) ?? event.timeNs,
        endNs: event.timeNs,
        events: [event.invokeIndex, event.index],
      });
    },
    finish: () => ({ ...story, tried: volumeCases.flatMap(({ id }) => tried.get(id) ?? []) }),
  };
}

function brokenOff({ id }: VolumeCase, why = "it came to no end"): Judgement {
  return { verdict: "inconclusive", detail: `It was broken off: ${why}`, settle: `Try it again with --focus ${id}.` };
}
