import { z } from "zod";

/** What a fault on one whole container needs to know: which one. */
export const containerSpec = z.strictObject({
  /** A container's name in the fault's environment. */
  container: z.string().min(1),
});
