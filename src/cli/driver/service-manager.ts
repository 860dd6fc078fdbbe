import { messageOf } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { runCommand } from "../../driver/command.ts";
import type { Surroundings } from "../surroundings.ts";

/** The first descriptor that is handed over: sd_listen_fds(3). */
const FIRST_DESCRIPTOR = 3;
const LIMIT_MS = 5000;

/** A socket that the service manager listens on for this very process; it stays when the process is started anew. */
export function handedSocket({ env, pid }: Pick<Surroundings, "env" | "pid">): number | undefined {
  return env["LISTEN_PID"] === String(pid) && Number(env["LISTEN_FDS"]) > 0 ? FIRST_DESCRIPTOR : undefined;
}

/** Tells the service manager that the driver serves, so that engines are started after it: sd_notify(3). */
export async function notifyReady(
  { env: { NOTIFY_SOCKET } }: Pick<Surroundings, "env">,
  env: Readonly<Record<string, string>>,
  log: Log,
): Promise<void> {
  if (!NOTIFY_SOCKET) return;
  const limits = { env: { ...env, NOTIFY_SOCKET }, signal: new AbortController().signal, timeoutMs: LIMIT_MS };
  try {
    await runCommand(["systemd-notify", "--ready"], limits);
  } catch (error) {
    log("warn", "service-manager-not-told", { detail: messageOf(error) });
  }
}
