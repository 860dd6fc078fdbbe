import { z } from "zod";
import { defineRuleFault, pageRuleSpec } from "./disk-rule-fault.ts";

/** Every request waits before it is carried out. */
export const slowDisk = defineRuleFault({
  kind: "slow-disk",
  spec: pageRuleSpec({ delayMs: z.number().min(0).max(60_000) }),
  does: ({ delayMs }) => `delay by ${delayMs} ms what is asked of`,
  rule: ({ delayMs }) => ({ on: "any", action: "delay", delayMs }),
});
