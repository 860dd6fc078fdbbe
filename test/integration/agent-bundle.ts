import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import path from "node:path";
import type { AgentBundle } from "../../src/core/agent.ts";

/** The agent as the test run has built it. */
export function builtAgent(): AgentBundle {
  const nativePath = koffiBinary();
  return {
    scriptPath: path.resolve("dist/agent/agent.cjs"),
    nodePath: process.execPath,
    ...(nativePath ? { nativePath } : {}),
  };
}

/** The program of the lab's disks as the test run has built it. */
export function builtDisk(): string {
  return path.resolve("dist/disk/disk.cjs");
}

function koffiBinary(): string | undefined {
  const platform = `${process.platform}-${process.arch}`;
  const root = path.dirname(createRequire(import.meta.url).resolve(`@koromix/koffi-${platform}/package.json`));
  return [path.join(root, platform.replace("-", "_"), "koffi.node")].find(existsSync);
}
