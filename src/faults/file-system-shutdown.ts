import { z } from "zod";
import { defineFault } from "../core/fault.ts";
import { diskFields } from "./disk-spec.ts";

/**
 * The file system of a disk stops at once, as after an error that it cannot survive, and answers EIO. Nothing but a
 * machine that starts again brings it back, so its healing is a power cut and the power's return.
 */
export const fileSystemShutdown = defineFault({
  kind: "file-system-shutdown",
  spec: z.strictObject({
    ...diskFields,
    /** Whether the file system writes its log first. */
    keepLog: z.boolean().default(false),
  }),
  needs: ["disk"],
  describe: ({ disk, keepLog }) => `shut down the file system of disk "${disk}"${keepLog ? ", its log kept" : ""}`,
  inject: async ({ disk, keepLog }, environment, signal) => {
    signal.throwIfAborted();
    const control = environment.controls.disk;
    await control.shutDown(disk, keepLog);
    return async () => {
      try {
        return await control.cutPower(disk);
      } finally {
        await control.restorePower(disk);
      }
    };
  },
});
