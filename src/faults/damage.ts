import { diskDamage } from "../core/disk.ts";
import { defineFault } from "../core/fault.ts";
import { diskFields } from "./disk-spec.ts";

/**
 * Pages change on the medium, under a mounted file system and without any request. It cannot be undone; its healing does
 * nothing but tell which pages were hit, so it is planned with a duration of a millisecond or more.
 */
export const damage = defineFault({
  kind: "damage",
  spec: diskDamage.extend(diskFields),
  needs: ["disk"],
  describe: ({ disk, how, pages }) => `damage disk "${disk}": ${how}, ${pages} page${pages === 1 ? "" : "s"}`,
  inject: async ({ disk, ...what }, environment, signal) => {
    signal.throwIfAborted();
    const hits = await environment.controls.disk.damage(disk, what);
    return async () => ({ hits });
  },
});
