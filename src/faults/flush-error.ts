import { defineRuleFault, flushRuleSpec } from "./disk-rule-fault.ts";

/** Flushes fail with EIO; the disk keeps what it has in its cache. */
export const flushError = defineRuleFault({
  kind: "flush-error",
  spec: flushRuleSpec,
  does: () => "fail flushes of",
  rule: () => ({ on: "flush", action: "error" }),
});
