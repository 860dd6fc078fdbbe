import { defineRuleFault, flushRuleSpec } from "./disk-rule-fault.ts";

/** Flushes are acknowledged and not done: what was synced in the meantime goes with the next power cut. */
export const lyingFlush = defineRuleFault({
  kind: "lying-flush",
  spec: flushRuleSpec,
  does: () => "ignore and acknowledge flushes of",
  rule: () => ({ on: "flush", action: "lie" }),
});
