import fs from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Owner } from "../core/runtime.ts";
import { detachLoop, loopDevices, waitUntilDetached } from "./loop-device.ts";
import { MARK_VARIABLE, ownerIn } from "./mark.ts";

/** How long a process may take to end after SIGKILL, and how often that is looked at. */
const END_LIMIT_MS = 5000;
const LOOK_EVERY_MS = 20;

/**
 * Ends the processes and detaches the loop devices of disks that dead labs left; says what it did, one line each. The
 * medium has no name and goes with the process.
 */
export async function sweepDisks(isAlive: (owner: Owner) => boolean, signal: AbortSignal): Promise<string[]> {
  const told: string[] = [];
  const isDead = (owner: Owner | undefined): owner is Owner => owner !== undefined && !isAlive(owner);
  for (const [mark, pids] of diskProcesses()) {
    const owner = ownerIn(mark);
    if (!isDead(owner)) continue;
    for (const pid of pids) killMarked(pid, mark);
    const left = await waitForEnd(mark, signal);
    told.push(left === 0 ? `ended a disk of run ${owner.runId}` : `could not end a disk of run ${owner.runId}`);
  }
  for (const { device, file, goesByItself } of loopDevices()) {
    const owner = ownerIn(file);
    if (!isDead(owner)) continue;
    if (!goesByItself) await detachLoop(device, file);
    const isGone = await waitUntilDetached(device, file, END_LIMIT_MS);
    if (goesByItself && isGone) continue;
    told.push(`${device} of run ${owner.runId}: ${isGone ? "detached" : "goes with its last unmount"}`);
  }
  return told;
}

/** Process ids by the mark of their disk. */
export function diskProcesses(): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const name of fs.readdirSync("/proc")) {
    const mark = /^\d+$/.test(name) ? markInEnvironment(Number(name)) : undefined;
    if (mark !== undefined) found.set(mark, [...(found.get(mark) ?? []), Number(name)]);
  }
  return found;
}

function markInEnvironment(pid: number): string | undefined {
  try {
    const variables = fs.readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    return variables.find((variable) => variable.startsWith(`${MARK_VARIABLE}=`))?.slice(MARK_VARIABLE.length + 1);
  } catch {
    // It has ended, or is another user's.
    return undefined;
  }
}

/** Looks again right before: the number may belong to another process by now. */
function killMarked(pid: number, mark: string): void {
  if (markInEnvironment(pid) !== mark) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended in between, or with the process above it.
  }
}

/** How many are left in the end. */
async function waitForEnd(mark: string, signal: AbortSignal): Promise<number> {
  for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
    const left = diskProcesses().get(mark)?.length ?? 0;
    if (left === 0 || waitedMs >= END_LIMIT_MS) return left;
    await wait(LOOK_EVERY_MS, undefined, { signal });
  }
}
