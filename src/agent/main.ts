// The resident process inside a container: one file, no dependencies, tasks over standard input and output.
// It ends when its input ends, so that a lab that dies takes its agents with it.
import path from "node:path";
import { isMainThread, type MessagePort, parentPort, workerData } from "node:worker_threads";
import { messageOf } from "../core/errors.ts";
import { createIntegrityTasks, INTEGRITY_THREAD, serveIntegrityThread } from "../trials/integrity/tasks/index.ts";
import { createVisibilityTasks } from "../trials/visibility/tasks/index.ts";
import { basicTasks } from "./basic-tasks.ts";
import { agentFacts } from "./facts.ts";
import { loadNative } from "./native.ts";
import type { NativeLibrary } from "./protocol.ts";
import { serveAgent } from "./serve.ts";

function nativeLibrary(): { library?: NativeLibrary; missing: string } {
  const file = process.env["SEATRIAL_NATIVE"] ?? path.join(path.dirname(process.argv[1] ?? "."), "koffi.node");
  try {
    return { library: loadNative(file), missing: "" };
  } catch (error) {
    return { missing: `foreign functions cannot be called here: ${messageOf(error)}` };
  }
}

async function main(): Promise<void> {
  // As the first process of a container it would otherwise ignore SIGTERM: pid 1 has no default handlers.
  process.on("SIGTERM", () => process.exit(0));
  const { library, missing } = nativeLibrary();
  const native = () => {
    if (!library) throw new Error(missing);
    return library;
  };
  const tasks = { ...basicTasks, ...createVisibilityTasks(), ...createIntegrityTasks(process.argv[1]) };
  await serveAgent({ input: process.stdin, output: process.stdout, tasks, facts: agentFacts(missing), native });
  process.exit(0);
}

/** What tasks run in threads of their own; each starts this very file. */
const THREADS: Readonly<Record<string, (port: MessagePort) => void>> = { [INTEGRITY_THREAD]: serveIntegrityThread };

if (isMainThread) void main();
else if (parentPort) THREADS[(workerData as { entry: string }).entry]?.(parentPort);
