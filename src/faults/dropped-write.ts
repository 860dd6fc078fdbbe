import { defineRuleFault, pageRuleSpec } from "./disk-rule-fault.ts";

/** Writes are acknowledged and never arrive. */
export const droppedWrite = defineRuleFault({
  kind: "dropped-write",
  spec: pageRuleSpec({}),
  does: () => "drop writes to",
  rule: () => ({ on: "write", action: "drop" }),
});
