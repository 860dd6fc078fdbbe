import { defineFault } from "../core/fault.ts";
import { containerSpec } from "./container-spec.ts";

/** Freezes a whole container until healed, as a long pause of its host would: it misses time and does not know. */
export const pause = defineFault({
  kind: "pause",
  spec: containerSpec,
  needs: ["process"],
  describe: ({ container }) => `pause container "${container}"`,
  inject: async ({ container }, environment, signal) => {
    signal.throwIfAborted();
    const { process } = environment.controls;
    try {
      await process.pause(container);
    } catch (error) {
      // Some of it may be frozen, and without an undo nobody would thaw it.
      await process.resume(container);
      throw error;
    }
    return () => process.resume(container);
  },
});
