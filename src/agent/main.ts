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

/** The C library, and why there is none, or "". */
interface Native {
  library(): NativeLibrary;
  missing: string;
}

function findNative(): Native {
  const file = process.env["SEATRIAL_NATIVE"] ?? path.join(path.dirname(process.argv[1] ?? "."), "koffi.node");
  try {
    const library = loadNative(file);
    return { library: () => library, missing: "" };
  } catch (error) {
    const missing = `foreign functions cannot be called here: ${messageOf(error)}`;
    const refuse = () => {
      throw new Error(missing, { cause: error });
    };
    return { library: refuse, missing };
  }
}

/** Looks for it when it is first asked for. */
function nativeOnDemand(): () => NativeLibrary {
  let found: Native | undefined;
  return () => {
    found ??= findNative();
    return found.library();
  };
}

async function main(): Promise<void> {
  // As the first process of a container it would otherwise ignore SIGTERM: pid 1 has no default handlers.
  process.on("SIGTERM", () => process.exit(0));
  const { library: native, missing } = findNative();
  const tasks = { ...basicTasks, ...createVisibilityTasks(), ...createIntegrityTasks(native, process.argv[1]) };
  await serveAgent({ input: process.stdin, output: process.stdout, tasks, facts: agentFacts(missing), native });
  process.exit(0);
}

/** What tasks run in threads of their own; each starts this very file. */
const THREADS: Readonly<Record<string, (port: MessagePort, native: () => NativeLibrary) => void>> = {
  [INTEGRITY_THREAD]: serveIntegrityThread,
};

if (isMainThread) void main();
else if (parentPort) THREADS[(workerData as { entry: string }).entry]?.(parentPort, nativeOnDemand());
