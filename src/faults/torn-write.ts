import { z } from "zod";
import { defineRuleFault, pageRuleSpec } from "./disk-rule-fault.ts";

/** Only the first bytes of a page arrive, whole sectors of 512; all of it is acknowledged. */
export const tornWrite = defineRuleFault({
  kind: "torn-write",
  spec: pageRuleSpec({ keepBytes: z.int().min(512).max(3584).multipleOf(512).default(2048) }),
  does: ({ keepBytes }) => `keep only the first ${keepBytes} bytes of writes to`,
  rule: ({ keepBytes }) => ({ on: "write", action: "tear", keepBytes }),
});
