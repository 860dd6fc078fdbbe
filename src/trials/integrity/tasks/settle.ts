import fs from "node:fs";
import { systemCode } from "../../../core/errors.ts";
import type { Promised } from "../model.ts";
import { foldPromised, type Oracle } from "../oracle/oracle.ts";
import { isDirectory, regionPath, slotPath } from "./region-files.ts";

/**
 * Makes durable what is there now, whoever wrote it: every shared file, every directory, and the small files that were in
 * flight. False where the system refuses one of them: then nothing can be said of what will stay.
 */
export function syncEverything(directory: string, promised: Promised): boolean {
  const { regions } = promised.workload;
  const byId = new Map(regions.map((region) => [region.id, region]));
  try {
    for (const { region: id, slot } of foldPromised(promised).uncertain()) {
      const region = byId.get(id);
      if (region && isDirectory(region)) syncPath(slotPath({ directory, region }, slot));
    }
    for (const region of regions) syncPath(regionPath({ directory, region }));
    return true;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}

/**
 * Tells which slots can be held to what is found in them. Not those that were written in a session that met a failure:
 * the page cache may show what the disk refused, and a sync by another descriptor says nothing of it.
 */
export function settlingOf({ sessions }: Promised, oracle: Oracle): (region: number, slot: number) => boolean {
  const failed = sessions.filter(({ workers }) => workers.some(({ doomed }) => doomed.length > 0));
  return (region, slot) => {
    const { low, high, origin } = oracle.bounds(region, slot);
    const first = origin(low + 1)?.epoch ?? 0;
    const last = origin(high)?.epoch ?? 0;
    return !failed.some(({ epoch }) => epoch >= first && epoch <= last);
  };
}

/** What is not there needs no sync of its own: its directory gets one. */
function syncPath(file: string): void {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, "r");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw error;
  }
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
