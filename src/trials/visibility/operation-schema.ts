import { z } from "zod";
import type { VisibilityOp } from "./model.ts";

// The record is written by the lab itself, so only its outline is checked; a judge that meets something odd inside fails loudly.
const sample = z.looseObject({
  type: z.literal("sample"),
  cell: z.looseObject({}),
  environment: z.string(),
  number: z.number(),
});
const scenario = z.looseObject({
  type: z.literal("scenario"),
  scenario: z.string(),
  direction: z.string(),
  environment: z.string(),
});

/** The outline of an operation in the history of this trial. */
export const visibilityOperation = z.union([sample, scenario]) as unknown as z.ZodType<VisibilityOp>;
