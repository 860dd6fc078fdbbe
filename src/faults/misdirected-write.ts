import { z } from "zod";
import { defineRuleFault, pageRuleSpec } from "./disk-rule-fault.ts";

/** Pages land on the place of the page that matched before them: instead of at home, or as well. */
export const misdirectedWrite = defineRuleFault({
  kind: "misdirected-write",
  spec: pageRuleSpec({ alsoAtHome: z.boolean().default(false) }),
  does: ({ alsoAtHome }) => (alsoAtHome ? "write twice, at the wrong place too, on" : "misdirect writes to"),
  rule: ({ alsoAtHome }) => ({ on: "write", action: alsoAtHome ? "duplicate" : "misdirect" }),
});
