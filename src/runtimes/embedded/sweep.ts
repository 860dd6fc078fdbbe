import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Owner } from "../../core/runtime.ts";
import { OWNER_VARIABLE } from "./namespaces.ts";

/** How long a process may take to end after SIGKILL, and how often that is looked at. */
const END_LIMIT_MS = 5000;
const LOOK_EVERY_MS = 20;

/**
 * Ends the processes that dead labs left in containers. Mounts and namespaces vanish with them, and nothing else of a
 * container is outside of it.
 */
export async function sweepProcesses(isAlive: (owner: Owner) => boolean, signal: AbortSignal): Promise<string[]> {
  const told: string[] = [];
  for (const [mark, pids] of markedProcesses()) {
    const owner = ownerOf(mark);
    if (!owner || isAlive(owner)) continue;
    for (const pid of pids) killMarked(pid, mark);
    const left = await waitForEnd(mark, signal);
    told.push(`ended ${pids.length - left.length} container process(es) of run ${owner.runId}`);
    if (left.length > 0)
      told.push(`could not end process(es) ${left.join(", ")} of run ${owner.runId}: stuck in a system call`);
  }
  return told;
}

/** Process ids by the owner that their environment names. Other users' processes cannot be read and are not ours. */
export function markedProcesses(): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const name of readdirSync("/proc")) {
    const mark = /^\d+$/.test(name) ? markOf(Number(name)) : undefined;
    if (mark) found.set(mark, [...(found.get(mark) ?? []), Number(name)]);
  }
  return found;
}

/** The owner in a mark `runId/lab`; a run id may hold slashes, the lab's part none. */
export function ownerOf(mark: string): Owner | undefined {
  const slash = mark.lastIndexOf("/");
  return slash > 0 ? { runId: mark.slice(0, slash), lab: mark.slice(slash + 1) } : undefined;
}

function markOf(pid: number): string | undefined {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    return variables.find((variable) => variable.startsWith(`${OWNER_VARIABLE}=`))?.slice(OWNER_VARIABLE.length + 1);
  } catch {
    return undefined;
  }
}

/** Looks again right before: the number may belong to another process by now. */
function killMarked(pid: number, mark: string): void {
  if (markOf(pid) !== mark) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended in between, or ended with the first process of its container.
  }
}

async function waitForEnd(mark: string, signal: AbortSignal): Promise<number[]> {
  for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
    const left = markedProcesses().get(mark) ?? [];
    if (left.length === 0 || waitedMs >= END_LIMIT_MS) return left;
    await wait(LOOK_EVERY_MS, undefined, { signal });
  }
}
