import { z } from "zod";
import { defineFault } from "../core/fault.ts";
import { diskFields } from "./disk-spec.ts";

/**
 * The power fails for a disk and for every container that has it, and is back when healed. What was lost is known at once
 * and told with the healing.
 */
export const powerCut = defineFault({
  kind: "power-cut",
  spec: z.strictObject(diskFields),
  needs: ["disk"],
  describe: ({ disk }) => `cut the power of disk "${disk}"`,
  inject: async ({ disk }, environment, signal) => {
    signal.throwIfAborted();
    const control = environment.controls.disk;
    try {
      const cut = await control.cutPower(disk);
      return async () => {
        await control.restorePower(disk);
        return cut;
      };
    } catch (error) {
      await control.restorePower(disk);
      throw error;
    }
  },
});
