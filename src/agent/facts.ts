import fs from "node:fs";
import os from "node:os";
import type { AgentFacts } from "../core/agent.ts";

/** What identifies this kernel and its monotonic clock: two processes that agree on both share CLOCK_MONOTONIC. */
export function kernelIdentity(): Pick<AgentFacts, "bootId" | "timeNamespace"> {
  return {
    bootId: readOrEmpty("/proc/sys/kernel/random/boot_id"),
    // time_namespaces(7): the offsets of this process's time namespace, zero outside every one.
    timeNamespace: readOrEmpty("/proc/self/timens_offsets").replaceAll(/\s+/g, " "),
  };
}

/** The place that this process runs in; `nativeMissing` says why foreign functions cannot be called, or "". */
export function agentFacts(nativeMissing: string): AgentFacts {
  return {
    nodeVersion: process.version,
    platform: process.platform,
    arch: process.arch,
    kernel: os.release(),
    ...kernelIdentity(),
    pid: process.pid,
    uid: process.getuid?.() ?? -1,
    nativeMissing,
  };
}

function readOrEmpty(file: string): string {
  try {
    return fs.readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}
