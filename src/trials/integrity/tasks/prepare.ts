import fs from "node:fs";
import type { TaskContext } from "../../../agent/protocol.ts";
import { messageOf } from "../../../core/errors.ts";
import { mountHolding, parseMountInfo } from "../../../core/mount-info.ts";
import { BLOCK_BYTES, type PrepareOp, type Workload } from "../model.ts";
import { probeDirectIo } from "./direct-io.ts";
import { isDirectory, type RegionPlace, regionPath } from "./region-files.ts";
import { syncDirectory } from "../sync-directory.ts";

/** What to make, and where. */
export interface PrepareInput {
  /** Exists, and has no regions yet. */
  directory: string;
  workload: Workload;
}

/**
 * Makes the regions, empty and durable by name.
 * @throws Error with EEXIST where one is there already: it may be evidence
 */
export function prepare(
  { directory, workload }: PrepareInput,
  { nowNs, native }: Pick<TaskContext, "nowNs" | "native">,
): NonNullable<PrepareOp["result"]> {
  const beganNs = nowNs();
  const directIo = probeDirectIo(directory);
  for (const region of workload.regions) makeRegion({ directory, region });
  syncDirectory(directory);
  const queueRefused = refusalOfQueue(workload, native);
  return {
    directIo,
    ...(queueRefused !== undefined && { queueRefused }),
    fileSystem: fileSystemOf(directory),
    durationNs: nowNs() - beganNs,
  };
}

/** Why transfers cannot be queued here, where the workload asks for it. */
function refusalOfQueue({ queueDepth = 1 }: Workload, native: TaskContext["native"]): string | undefined {
  if (queueDepth === 1) return undefined;
  try {
    native().openWriteQueue(queueDepth, BLOCK_BYTES).close();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function makeRegion(place: RegionPlace): void {
  const made = regionPath(place);
  if (isDirectory(place.region)) {
    fs.mkdirSync(made);
    return syncDirectory(made);
  }
  const { kind, slots, slotBytes } = place.region;
  const descriptor = fs.openSync(made, "wx");
  try {
    if (kind === "in-place") fs.ftruncateSync(descriptor, slots * slotBytes);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** In the kernel's words, `ext4 rw,noatime,commit=300`; its type's number where the kernel tells no more. */
function fileSystemOf(directory: string): string {
  const mount = mountHolding(mountPoints(), fs.realpathSync(directory));
  if (!mount) return `type 0x${fs.statfsSync(directory).type.toString(16)}`;
  return `${mount.type} ${[...new Set([...mount.options, ...mount.superOptions])].join(",")}`;
}

function mountPoints() {
  const file = "/proc/self/mountinfo";
  return fs.existsSync(file) ? parseMountInfo(fs.readFileSync(file, "utf8")) : [];
}
