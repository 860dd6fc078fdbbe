import { z } from "zod";
import type { VolumeOp } from "./model.ts";

const result = z.looseObject({
  checks: z.array(z.looseObject({ what: z.string(), holds: z.boolean(), seen: z.string(), exchange: z.number() })),
  exchanges: z.array(z.looseObject({ call: z.string(), sent: z.string() })),
  exchangeCount: z.number(),
  timings: z.array(z.looseObject({ call: z.string(), load: z.string(), valuesNs: z.array(z.number()) })),
  observations: z.array(z.string()),
  skipped: z.string().optional(),
  broke: z.string().optional(),
});

/** The outline of an operation in the history of this trial. */
export const volumeOperation = z.looseObject({
  type: z.literal("case"),
  id: z.string(),
  result: result.optional(),
}) as unknown as z.ZodType<VolumeOp>;
