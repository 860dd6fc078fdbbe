import { readdirSync, readFileSync } from "node:fs";
import type { AgentBundle } from "../../../src/core/agent.ts";
import type { ContractSubject } from "../../../src/runtimes/contract.ts";
import { createEmbeddedRuntime } from "../../../src/runtimes/embedded/index.ts";
import { markedProcesses } from "../../../src/runtimes/embedded/sweep.ts";
import { DISK_SCRIPT, diskLeftovers } from "../disk-leftovers.ts";

/** The embedded runtime, and everything on this machine that could be a container's remains. */
export function embeddedSubject(agent: AgentBundle, stateDir: string): ContractSubject {
  return {
    runtime: createEmbeddedRuntime({
      agent,
      diskScriptPath: DISK_SCRIPT,
      env: { PATH: process.env["PATH"] },
      stateDir,
    }),
    leftovers: async ({ runId, lab }) => [
      ...diskLeftovers({ runId, lab }),
      ...(markedProcesses().get(`${runId}/${lab}`) ?? []).map((pid) => `process ${pid}`),
      ...mountsUnder(stateDir),
      ...unexpectedFiles(stateDir),
    ],
  };
}

/** Whatever a container mounts lies below its root, and that in the state directory: none of it may show here. */
function mountsUnder(stateDir: string): string[] {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return lines.filter((line) => line.split(" ")[4]?.startsWith(stateDir));
}

function unexpectedFiles(stateDir: string): string[] {
  const files = readdirSync(stateDir, { recursive: true, encoding: "utf8" });
  return files.filter((name) => name !== "embedded-root").map((name) => `file ${name}`);
}
