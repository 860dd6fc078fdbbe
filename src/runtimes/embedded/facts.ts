import { readFile } from "node:fs/promises";
import os from "node:os";
import { mountHolding, parseMountInfo } from "../../core/mount-info.ts";
import type { NamespaceOptions } from "./namespaces.ts";
import { runTool, utilLinuxVersion } from "./tools.ts";

/** What the report should say of the machine that the containers are made of. */
export async function machineFacts(
  { mode, monotonicOffsetSeconds }: NamespaceOptions,
  userPath: string | undefined,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const [release, mounts, version] = await Promise.all([
    readFile("/etc/os-release", "utf8").catch(() => ""),
    readFile("/proc/self/mountinfo", "utf8"),
    runTool(["unshare", "--version"], userPath, signal),
  ]);
  const temporary = os.tmpdir();
  return {
    mode,
    kernel: `${os.release()} ${os.arch()}`,
    distribution: distributionOf(release),
    "util-linux": utilLinuxVersion(version.output) ?? "unknown",
    processors: String(os.availableParallelism()),
    memory: `${Math.round(os.totalmem() / 2 ** 20)} MiB`,
    [`file system of ${temporary}`]: mountHolding(parseMountInfo(mounts), temporary)?.type ?? "unknown",
    ...(monotonicOffsetSeconds === undefined ? {} : { "monotonic offset": `${monotonicOffsetSeconds} s` }),
  };
}

/** The name for people in os-release(5). */
export function distributionOf(osRelease: string): string {
  return /^PRETTY_NAME=["']?(.*?)["']?$/m.exec(osRelease)?.[1] ?? "unknown";
}
