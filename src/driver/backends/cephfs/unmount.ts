import { setTimeout as delay } from "node:timers/promises";
import type { Health } from "../../back-end.ts";
import { type CommandLimits, runCommand } from "../../command.ts";
import { driverError } from "../../errors.ts";
import { mountedAt } from "./mounted.ts";

const UNMOUNT_TIMEOUT_MS = 20_000;
const TRIES = 4;
const BETWEEN_TRIES_MS = 50;

/**
 * Unmounts as a user would, never by force: that would take the file system from whoever still has it bound. Only a mount
 * that is dead anyway is taken out of the tree while somebody holds it.
 * @throws SeatrialError MOUNT_BUSY, MOUNT_FAILED, COMMAND_LATE
 */
export async function unmount(
  target: string,
  limits: Omit<CommandLimits, "timeoutMs">,
  health: () => Promise<Health>,
): Promise<void> {
  const umount = (...flags: string[]) =>
    // Neither the path nor a helper of the file system is looked at: both would touch what may hang.
    runCommand(["umount", "-c", "-i", ...flags, target], { ...limits, timeoutMs: UNMOUNT_TIMEOUT_MS });
  let said = "";
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (mountedAt(target) === undefined) return;
    if (attempt > 0) await delay(BETWEEN_TRIES_MS * attempt, undefined, { signal: limits.signal });
    const { exit, stderr } = await umount();
    if (exit === 0 || mountedAt(target) === undefined) return;
    said = stderr.trim();
    if (!/busy/.test(said)) break;
  }
  if ((await health()) === "broken" && (await umount("-l")).exit === 0) return;
  throw driverError(/busy/.test(said) ? "MOUNT_BUSY" : "MOUNT_FAILED", `umount: ${said || "it failed without a word"}`);
}
