import { setTimeout as delay } from "node:timers/promises";
import { driverError } from "../../errors.ts";
import type { CephfsOptions } from "./options.ts";
import { Refused } from "./orders.ts";
import { isReady, type Subvolume, type Subvolumes } from "./subvolumes.ts";

const LOOK_AGAIN_MS = 250;
/** Snapshots of ours that were made for a copy begin with this. */
const COPY_PREFIX = "seatrial-copy.";

/** Begins to copy another volume, as it is now or as a snapshot has it. @throws SeatrialError VOLUME_NOT_MADE */
export async function beginCopy(
  subvolumes: Subvolumes,
  name: string,
  options: CephfsOptions,
  signal: AbortSignal,
): Promise<void> {
  const { from = "", from_snapshot } = options;
  const source = await subvolumes.info(from, signal);
  const hasData = source !== undefined && (source.path !== "" || from_snapshot !== undefined);
  if (!hasData) throw driverError("VOLUME_NOT_MADE", `there is no volume "${from}" to copy`);
  const snapshot = from_snapshot ?? `${COPY_PREFIX}${name}`;
  try {
    if (from_snapshot === undefined) await subvolumes.snapshot(from, snapshot, signal);
    await subvolumes.clone({ name: from, snapshot }, name, options, signal);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw driverError("VOLUME_NOT_MADE", `"${from}" cannot be copied: ${error.message}`, { cause: error });
  }
}

/** Waits until a copy is there. @throws SeatrialError VOLUME_NOT_MADE when it failed; the signal's reason */
export async function untilCopied(subvolumes: Subvolumes, name: string, signal: AbortSignal): Promise<Subvolume> {
  for (;;) {
    const found = await subvolumes.info(name, signal);
    if (!found) throw driverError("VOLUME_NOT_MADE", `"${name}" was removed before it was copied`);
    if (isReady(found)) return found;
    if (/failed|canceled/.test(found.state)) throw driverError("VOLUME_NOT_MADE", `"${name}" could not be copied`);
    await delay(LOOK_AGAIN_MS, undefined, { signal });
  }
}

/** What a copy left at its source; one that was given up leaves it for the source's removal. */
export async function dropCopySnapshot(
  subvolumes: Subvolumes,
  source: string,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  await subvolumes.removeSnapshot(source, `${COPY_PREFIX}${name}`, signal);
}

/** Drops snapshots that were made for copies and are not needed any more; gives the names of the others. */
export async function dropCopySnapshots(
  subvolumes: Subvolumes,
  source: string,
  signal: AbortSignal,
): Promise<string[]> {
  const kept: string[] = [];
  for (const snapshot of await subvolumes.snapshots(source, signal)) {
    if (!snapshot.startsWith(COPY_PREFIX)) kept.push(snapshot);
    else await subvolumes.removeSnapshot(source, snapshot, signal);
  }
  return kept;
}
