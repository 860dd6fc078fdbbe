import { z } from "zod";
import { defineFault } from "../core/fault.ts";
import { diskFields } from "./disk-spec.ts";

/** The file system of a disk is read-only until healed. The kernel refuses that while a file is open for writing. */
export const readOnly = defineFault({
  kind: "read-only",
  spec: z.strictObject(diskFields),
  needs: ["disk"],
  describe: ({ disk }) => `make disk "${disk}" read-only`,
  inject: async ({ disk }, environment, signal) => {
    signal.throwIfAborted();
    const control = environment.controls.disk;
    await control.setReadOnly(disk, true);
    return () => control.setReadOnly(disk, false);
  },
});
