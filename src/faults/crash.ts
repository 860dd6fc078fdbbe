import { defineFault } from "../core/fault.ts";
import { containerSpec } from "./container-spec.ts";

/** SIGKILL to a whole container, which is started again when healed: a crash with a restart. Its mounts outlive it. */
export const crash = defineFault({
  kind: "crash",
  spec: containerSpec,
  needs: ["process"],
  describe: ({ container }) => `crash container "${container}"`,
  inject: async ({ container }, environment, signal) => {
    signal.throwIfAborted();
    const { process } = environment.controls;
    try {
      await process.kill(container);
    } catch (error) {
      // Some of it may be dead, and without an undo nobody would start it.
      await process.start(container);
      throw error;
    }
    return () => process.start(container);
  },
});
