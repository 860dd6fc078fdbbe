import { defineRuleFault, pageRuleSpec } from "./disk-rule-fault.ts";

/** Reads fail with EIO. */
export const readError = defineRuleFault({
  kind: "read-error",
  spec: pageRuleSpec({}),
  does: () => "fail reads of",
  rule: () => ({ on: "read", action: "error" }),
});
