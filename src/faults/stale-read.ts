import { defineRuleFault, pageRuleSpec } from "./disk-rule-fault.ts";

/** Reads are answered with what a page held before it was last written. */
export const staleRead = defineRuleFault({
  kind: "stale-read",
  spec: pageRuleSpec({}),
  does: () => "answer with older content when reading",
  rule: () => ({ on: "read", action: "stale" }),
});
