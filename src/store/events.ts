import { z, type ZodType } from "zod";
import type { HistoryEvent } from "../core/history.ts";
import { plannedFaultSchema } from "./manifest.ts";

/** What the lab itself did and met, for the whole run. `index` counts from 0 without a gap; `timeNs` is lab time. */
export type LabEvent = { index: number; timeNs: number } & LabEventBody;

/** A lab event without its place; `kind` says what happened. */
export type LabEventBody =
  | { kind: "trial-began"; trial: string }
  /** `events` is how many the history must hold: a shorter one was cut. */
  | { kind: "trial-ended"; trial: string; outcome: Outcome; events: number; reason?: string | undefined }
  | { kind: "trial-skipped"; trial: string; reason: string }
  | { kind: "interrupted"; by: string }
  /** Something that could not be healed or cleaned up. */
  | { kind: "problem"; trial?: string | undefined; what: string; error: string }
  | { kind: "run-ended"; outcome: Outcome; reason?: string | undefined };

/** How a run ended, as the lab that ended it says. */
export type Outcome = "completed" | "interrupted" | "errored";

const position = { index: z.number(), timeNs: z.number() };
const outcome = z.enum(["completed", "interrupted", "errored"]);
const reason = z.string().optional();

export const labEventSchema: ZodType<LabEvent> = z.discriminatedUnion("kind", [
  z.object({ ...position, kind: z.literal("trial-began"), trial: z.string() }),
  z.object({ ...position, kind: z.literal("trial-ended"), trial: z.string(), outcome, events: z.number(), reason }),
  z.object({ ...position, kind: z.literal("trial-skipped"), trial: z.string(), reason: z.string() }),
  z.object({ ...position, kind: z.literal("interrupted"), by: z.string() }),
  z.object({
    ...position,
    kind: z.literal("problem"),
    trial: z.string().optional(),
    what: z.string(),
    error: z.string(),
  }),
  z.object({ ...position, kind: z.literal("run-ended"), outcome, reason }),
]);

/** The schema of one trial's history lines. What `operation` does not know is dropped; what it refuses is damage. */
export function historyEventSchema<Op>(operation: ZodType<Op>): ZodType<HistoryEvent<Op>> {
  const ended = { ...position, process: z.string(), op: operation, invokeIndex: z.number(), reason };
  const fault = { ...position, fault: plannedFaultSchema };
  return z.discriminatedUnion("kind", [
    z.object({ ...position, kind: z.literal("invoke"), process: z.string(), op: operation }),
    z.object({ ...ended, kind: z.enum(["ok", "fail", "unknown"]) }),
    z.object({ ...fault, kind: z.literal("fault-injected"), begunNs: z.number().optional() }),
    z.object({ ...fault, kind: z.literal("fault-healed"), data: z.unknown().optional() }),
    z.object({ ...position, kind: z.literal("note"), note: z.string(), data: z.unknown().optional() }),
  ]) as unknown as ZodType<HistoryEvent<Op>>;
}
