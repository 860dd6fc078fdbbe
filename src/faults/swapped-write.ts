import { defineRuleFault, pageRuleSpec } from "./disk-rule-fault.ts";

/** Two pages change places on their way to the disk. */
export const swappedWrite = defineRuleFault({
  kind: "swapped-write",
  spec: pageRuleSpec({}),
  does: () => "swap pages written to",
  rule: () => ({ on: "write", action: "swap" }),
});
