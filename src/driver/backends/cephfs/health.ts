import type { Health } from "../../back-end.ts";
import { type CommandLimits, runCommand } from "../../command.ts";
import { mountedAt } from "./mounted.ts";

/** A server that answers does so in milliseconds. */
const PROBE_TIMEOUT_MS = 3000;

/**
 * Asks for the size of all that is below the root, which the metadata server is asked for each time. `statfs`, and `stat` of
 * the root, succeed while the server is silent and on a client that was thrown out; measured with ceph-fuse 16.2, where an
 * evicted client says ENOENT and a dead one ENOTCONN.
 */
export async function probeMount(target: string, limits: Omit<CommandLimits, "timeoutMs">): Promise<Health> {
  if (mountedAt(target) === undefined) return "broken";
  try {
    const words = ["getfattr", "--only-values", "-n", "ceph.dir.rbytes", target] as const;
    const { exit } = await runCommand([...words], { ...limits, timeoutMs: PROBE_TIMEOUT_MS });
    if (exit === undefined) return "unknown";
    return exit === 0 ? "healthy" : "broken";
  } catch {
    return "unknown";
  }
}
