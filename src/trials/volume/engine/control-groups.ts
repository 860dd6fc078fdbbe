import fs from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { systemCode } from "../../../core/errors.ts";

const ROOT = "/sys/fs/cgroup";
const PREFIX = "seatrial-volume-";
/** A killed process leaves its group a moment later. */
const LIMIT_MS = 2000;
const LOOK_EVERY_MS = 20;

/** The group of all containers in the host of this keeper, as this process counts processes. */
export function groupOf(keeperPid: number): string {
  return `${ownPrefix()}${keeperPid}`;
}

/** Process 7 of another process namespace may well live, and the tree of groups is often the same. */
function ownPrefix(): string {
  const [namespace = ""] = /\d+/.exec(fs.readlinkSync("/proc/self/ns/pid")) ?? [];
  return `${PREFIX}${namespace}-`;
}

/**
 * Removes the groups of hosts that are gone: nothing but an order removes one, so those of a suite that was killed are
 * there until the next of its process namespace.
 */
export async function removeDeadGroups(): Promise<void> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  while (!deadGroups().map(removeGroup).every(Boolean) && !limit.aborted) await delay(LOOK_EVERY_MS);
}

/** In the one tree of version 2, and in each controller's of version 1. */
function deadGroups(): string[] {
  const prefix = ownPrefix();
  const trees = [ROOT, ...entriesOf(ROOT).map((name) => path.join(ROOT, name))];
  return trees.flatMap((tree) =>
    entriesOf(tree)
      .filter((name) => name.startsWith(prefix) && !fs.existsSync(`/proc/${name.slice(prefix.length)}`))
      .map((name) => path.join(tree, name)),
  );
}

/** True when it is gone. */
function removeGroup(group: string): boolean {
  for (const name of entriesOf(group)) removeGroup(path.join(group, name));
  try {
    fs.rmdirSync(group);
    return true;
  } catch (error) {
    return systemCode(error) === "ENOENT";
  }
}

function entriesOf(directory: string): string[] {
  try {
    const entries = fs.readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}
