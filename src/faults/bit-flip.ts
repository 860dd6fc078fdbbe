import { z } from "zod";
import { defineRuleFault, pageRuleSpec } from "./disk-rule-fault.ts";

/** Bits of a page are inverted: on its way to the disk, or back, in which case the disk has it right. */
export const bitFlip = defineRuleFault({
  kind: "bit-flip",
  spec: pageRuleSpec({ on: z.enum(["write", "read"]).default("write"), bits: z.int().min(1).max(64).default(1) }),
  does: ({ on, bits }) =>
    `flip ${bits} bit${bits === 1 ? "" : "s"} of each page ${on === "write" ? "written to" : "read from"}`,
  rule: ({ on, bits }) => ({ on, action: "flip", bits }),
});
