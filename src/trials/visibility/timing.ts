import type { Agent } from "../../core/agent.ts";
import type { ActReport, AnswerRun, LookReport } from "./model.ts";

/** The middle of the interval in which (agent time - lab time) lies. */
function offsetNs({ clock }: Agent): number {
  return clock.sameKernel ? 0 : (clock.offsetLowNs + clock.offsetHighNs) / 2;
}

/** How often the offsets of foreign clocks are measured again while samples are taken. */
export const SYNC_EVERY_MS = 250;

/** Two oscillators of the ordinary kind are apart by less than this share (RFC 5905 allows for 500 parts in a million at most). */
const DRIFT_SHARE = 500e-6;

/**
 * Half the width of that interval, and what the clocks may have drifted since it was measured: by so much a stamp of this agent may be off
 * in lab time, either way.
 */
export function halfWidthNs({ clock }: Agent): number {
  if (clock.sameKernel) return 0;
  return (clock.offsetHighNs - clock.offsetLowNs) / 2 + SYNC_EVERY_MS * 1e6 * DRIFT_SHARE;
}

/** The middle of the interval where the clocks' offset is only bounded. */
export function toAgentTime(agent: Agent, labNs: number): number {
  return labNs + offsetNs(agent);
}

/** The middle of the interval where the clocks' offset is only bounded. */
export function toLabTime(agent: Agent, agentNs: number): number {
  return agentNs - offsetNs(agent);
}

/** What a writer stamped, on the lab's time line. */
export function actInLabTime(agent: Agent, { begunNs, returnedNs }: ActReport): ActReport {
  return { begunNs: toLabTime(agent, begunNs), returnedNs: toLabTime(agent, returnedNs) };
}

/** What a reader stamped, on the lab's time line. */
export function lookInLabTime(agent: Agent, report: LookReport): LookReport {
  if (agent.clock.sameKernel) return report;
  const run = ([answer, firstBeginNs, firstEndNs, lastBeginNs, looks]: AnswerRun): AnswerRun => [
    answer,
    toLabTime(agent, firstBeginNs),
    toLabTime(agent, firstEndNs),
    toLabTime(agent, lastBeginNs),
    looks,
  ];
  return {
    ...report,
    armedNs: toLabTime(agent, report.armedNs),
    endedNs: toLabTime(agent, report.endedNs),
    runs: report.runs.map(run),
    events: report.events.map((event) => ({ ...event, atNs: toLabTime(agent, event.atNs) })),
  };
}
