import { spawnSync } from "node:child_process";
import { mkdirSync, openSync } from "node:fs";
import path from "node:path";

/**
 * Makes this process the only driver on its state. The lock is on an open file and lasts as long as the process: the
 * kernel lets go of it however the process ends, so there is nothing stale to judge. flock(1) takes it for us, because
 * the file that a child inherits is the same open file.
 * @throws Error when another process has it
 */
export function lockInstance(stateDirectory: string): void {
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  const descriptor = openSync(path.join(stateDirectory, "lock"), "a", 0o600);
  const { status } = spawnSync("flock", ["--nonblock", "3"], { stdio: ["ignore", "ignore", "ignore", descriptor] });
  if (status !== 0) throw new Error("another driver works on this state directory");
}
