import { defineRuleFault, pageRuleSpec } from "./disk-rule-fault.ts";

/** Writes fail with EIO. The page cache tells it to whoever syncs, and file systems may turn read-only. */
export const writeError = defineRuleFault({
  kind: "write-error",
  spec: pageRuleSpec({}),
  does: () => "fail writes to",
  rule: () => ({ on: "write", action: "error" }),
});
