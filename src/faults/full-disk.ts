import { defineRuleFault, pageRuleSpec } from "./disk-rule-fault.ts";

/** Writes fail with ENOSPC below the file system, as on a pool of storage that was promised to too many. */
export const fullDisk = defineRuleFault({
  kind: "full-disk",
  spec: pageRuleSpec({}),
  does: () => "find no space for writes to",
  rule: () => ({ on: "write", action: "no-space" }),
});
