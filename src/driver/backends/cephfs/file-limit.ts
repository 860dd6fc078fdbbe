import { randomUUID } from "node:crypto";
import { mkdir, rmdir } from "node:fs/promises";
import path from "node:path";
import { type CommandLimits, runCommand } from "../../command.ts";
import { driverError } from "../../errors.ts";
import type { MountJob, Mounter } from "./mounter.ts";

const SET_TIMEOUT_MS = 5000;

/** Sets the most files a volume may have, for which the cluster has no command: it is mounted aside for a moment. */
export async function setFileLimit(
  mounter: Mounter,
  job: Omit<MountJob, "target">,
  fileCount: number,
  { directory, ...limits }: Omit<CommandLimits, "timeoutMs"> & { directory: string },
): Promise<void> {
  const target = path.join(directory, `limit-${randomUUID()}`);
  await mkdir(target, { recursive: true, mode: 0o700 });
  try {
    await mounter.mount({ ...job, target }, limits.signal);
    const run = (...words: [string, ...string[]]) => runCommand(words, { ...limits, timeoutMs: SET_TIMEOUT_MS });
    const set = await run("setfattr", "-n", "ceph.quota.max_files", "-v", String(fileCount), target);
    await run("umount", "-c", "-i", target);
    if (set.exit === 0) return;
    const remedy = "Give the driver's client the right to set quotas: `mds 'allow rwp path=...'`.";
    throw driverError("VOLUME_NOT_MADE", `max_files cannot be set: ${set.stderr.trim()}`, { remedy });
  } finally {
    await rmdir(target).catch(() => undefined);
  }
}
