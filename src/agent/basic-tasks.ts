import fs from "node:fs";
import type { TaskContext, TaskTable } from "./protocol.ts";

/** Tasks that belong to no trial: for the runtimes' contract suite and for proving that a mount is what it should be. */
export const basicTasks: TaskTable = {
  "agent.echo": (input: unknown) => input,
  "agent.spin": ({ durationMs }: { durationMs: number }, context: TaskContext) => spin(durationMs, context),
  /** With `sync` it returns when fsync(2) has. */
  "files.write": ({ path, text, sync = false }: { path: string; text: string; sync?: boolean }) =>
    fs.writeFileSync(path, text, { flush: sync }),
  "files.read": ({ path }: { path: string }) => fs.readFileSync(path, "utf8"),
  "files.list": ({ path }: { path: string }) => fs.readdirSync(path).sort(),
  "files.remove": ({ path }: { path: string }) => fs.rmSync(path, { recursive: true }),
  /** The file system's own words: mountinfo as this process sees it; "" on kernels that have none. */
  "files.mounts": () => (fs.existsSync("/proc/self/mountinfo") ? fs.readFileSync("/proc/self/mountinfo", "utf8") : ""),
  "process.list": () => fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length,
};

/** Waits without blocking until the time is over or the call is cancelled; returns the time slept. */
async function spin(durationMs: number, { nowNs, signal }: TaskContext): Promise<number> {
  const startedNs = nowNs();
  while (!signal.aborted && nowNs() - startedNs < durationMs * 1e6)
    await new Promise((resolve) => setImmediate(resolve));
  return (nowNs() - startedNs) / 1e6;
}
