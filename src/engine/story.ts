import type { LabEvent, Outcome } from "../store/events.ts";
import type { EventReading } from "../store/event-reading.ts";

/** What the lab's own record says of one trial. */
export interface TrialStory {
  beganNs?: number;
  ended?: { timeNs: number; outcome: Outcome; events: number; reason?: string | undefined };
  skipped?: string;
}

/** The lab's own record, read once. */
export interface RunStory {
  trials: ReadonlyMap<string, TrialStory>;
  /** Absent when the lab died before it could say. */
  ended?: { outcome: Outcome; reason?: string | undefined };
  lastNs: number;
  /** What could not be healed or cleaned up. */
  leftovers: string[];
  /** What is wrong with the record itself. */
  damage: readonly string[];
}

/** Reads the lab's record, as far as it goes. */
export function readStory(reading: EventReading<LabEvent>): RunStory {
  const trials = new Map<string, TrialStory>();
  const story: RunStory = { trials, lastNs: 0, leftovers: [], damage: [] };
  const tell = (trial: string, more: TrialStory) => trials.set(trial, { ...trials.get(trial), ...more });
  for (const event of reading) {
    story.lastNs = event.timeNs;
    if (event.kind === "trial-began") tell(event.trial, { beganNs: event.timeNs });
    else if (event.kind === "trial-ended") tell(event.trial, { ended: event });
    else if (event.kind === "trial-skipped") tell(event.trial, { skipped: event.reason });
    else if (event.kind === "problem") story.leftovers.push(`could not undo: ${event.what}: ${event.error}`);
    else if (event.kind === "run-ended") story.ended = event;
  }
  story.damage = reading.problems;
  return story;
}
