import fs from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { systemCode } from "../../../core/errors.ts";

const ROOT = "/sys/fs/cgroup";
/** What the group of all containers of an engine of the suite is called, before its number. */
export const GROUP_PREFIX = "seatrial-engine-";
/** A killed process leaves its group a moment later. */
const LIMIT_MS = 2000;
const LOOK_EVERY_MS = 20;

/** Removes the groups of engines that are gone: nothing but an order removes one. Those in use stay. */
export async function removeGroups(prefix: string): Promise<void> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  while (!groupsOf(prefix).map(removeGroup).every(Boolean) && !limit.aborted) await delay(LOOK_EVERY_MS);
}

/** In the one tree of version 2, and in each controller's of version 1. */
function groupsOf(prefix: string): string[] {
  const trees = [ROOT, ...entriesOf(ROOT).map((name) => path.join(ROOT, name))];
  return trees.flatMap((tree) =>
    entriesOf(tree)
      .filter((name) => name.startsWith(prefix))
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
