import { readFileSync } from "node:fs";
import type { Owner } from "../../core/runtime.ts";
import { toolPath } from "../programs.ts";

/** How namespaces are had: by the right to make them, or inside a user namespace of one's own. */
export type Mode = "root" | "user namespace";

/** What decides how the tools are called. */
export interface NamespaceOptions {
  mode: Mode;
  /** Seconds that the containers' monotonic clock is ahead of the machine's: time_namespaces(7). */
  monotonicOffsetSeconds?: number | undefined;
}

const CAP_SYS_ADMIN = 21n;

/** The mode that the process of `/proc/PID/status` can use. */
export function modeOf(statusText: string): Mode {
  const effectiveUid = /^Uid:\s+\d+\s+(\d+)/m.exec(statusText)?.[1];
  const capabilities = BigInt(`0x${/^CapEff:\s+([0-9a-f]+)/m.exec(statusText)?.[1] ?? "0"}`);
  return effectiveUid === "0" && (capabilities >> CAP_SYS_ADMIN) & 1n ? "root" : "user namespace";
}

/** The mode that this process can use. */
export function ownMode(): Mode {
  return modeOf(readFileSync("/proc/self/status", "utf8"));
}

/** Runs a program as the first process of fresh namespaces. Mounts are private; the program ends with its parent. */
export function unshareArgv({ mode, monotonicOffsetSeconds }: NamespaceOptions, program: readonly string[]): string[] {
  const user = mode === "root" ? [] : ["--user", "--map-root-user"];
  const time = monotonicOffsetSeconds === undefined ? [] : ["--time", "--monotonic", String(monotonicOffsetSeconds)];
  const namespaces = ["--mount", "--propagation", "private", "--pid", "--net", "--uts", "--ipc"];
  return ["unshare", ...user, ...namespaces, ...time, "--fork", "--kill-child", "--", ...program];
}

/**
 * Runs a program in the namespaces of the process `pid`. The process that waits for it outside ends with it, and it with
 * that one: `unshare --fork` does this, while nsenter's own fork would stop for good once the program is paused.
 */
export function enterArgv(
  { mode, monotonicOffsetSeconds }: NamespaceOptions,
  pid: number,
  program: readonly string[],
): string[] {
  const user = mode === "root" ? [] : ["--user", "--preserve-credentials"];
  const time = monotonicOffsetSeconds === undefined ? [] : ["--time"];
  const namespaces = ["--mount", "--pid", "--net", "--uts", "--ipc"];
  return [
    "nsenter",
    "--target",
    String(pid),
    ...user,
    ...namespaces,
    ...time,
    "--no-fork",
    "--",
    "unshare",
    "--fork",
    "--kill-child",
    "--",
    ...program,
  ];
}

/** Marks every process of a container, so that a sweep can tell whose it is. */
export const OWNER_VARIABLE = "SEATRIAL_OWNER";

/** The whole environment of what runs in a container: the user's own variables stay outside. */
export function containerEnvironment(owner: Owner, userPath: string | undefined): Record<string, string> {
  return {
    PATH: toolPath(userPath),
    HOME: "/root",
    LC_ALL: "C.UTF-8",
    [OWNER_VARIABLE]: `${owner.runId}/${owner.lab}`,
  };
}
