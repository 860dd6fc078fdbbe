import { z } from "zod";

/** What every fault on a disk needs to know: which one. */
export const diskFields = {
  /** A disk's name in the fault's environment. */
  disk: z.string().min(1),
};
