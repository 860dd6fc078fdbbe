import { z } from "zod";
import { defineRuleFault, pageRuleSpec } from "./disk-rule-fault.ts";

/** Zeros or noise arrive in place of a page. */
export const garbledWrite = defineRuleFault({
  kind: "garbled-write",
  spec: pageRuleSpec({ arrives: z.enum(["zeros", "noise"]).default("noise") }),
  does: ({ arrives }) => `put ${arrives} in place of writes to`,
  rule: ({ arrives }) => ({ on: "write", action: arrives === "zeros" ? "zero" : "scramble" }),
});
