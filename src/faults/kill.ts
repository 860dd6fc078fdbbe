import { defineFault } from "../core/fault.ts";
import { containerSpec } from "./container-spec.ts";

/** SIGKILL to a whole container, as the kernel does when memory is short. It stays down: there is nothing to heal. */
export const kill = defineFault({
  kind: "kill",
  spec: containerSpec,
  needs: ["process"],
  describe: ({ container }) => `kill container "${container}"`,
  inject: async ({ container }, environment, signal) => {
    signal.throwIfAborted();
    await environment.controls.process.kill(container);
    return async () => {};
  },
});
