import type { MessagePort } from "node:worker_threads";
import type { NativeLibrary, TaskContext, TaskTable } from "../../../agent/protocol.ts";
import type { WriteResult } from "../model.ts";
import { fioTasks } from "./fio.ts";
import { makeDirectory } from "./make-directory.ts";
import { createStopFlag, raise } from "./pace.ts";
import { prepare, type PrepareInput } from "./prepare.ts";
import { createThreadWork, type ThreadJob } from "./thread-work.ts";
import { removeDirectory } from "./remove-directory.ts";
import { blockingThreads, serveThread, startThreads, type Threads } from "./threads.ts";
import { verify, type VerifyInput } from "./verify.ts";
import type { WriteInput } from "./write.ts";

/** What a thread's `workerData` says when it belongs to this trial. */
export const INTEGRITY_THREAD = "integrity";

/** The thread's side: answers jobs until its process ends. */
export function serveIntegrityThread(port: MessagePort, native: () => NativeLibrary): void {
  serveThread(port, createThreadWork(native));
}

/**
 * What an agent can do for the integrity trial. `threadScript` is run by each thread and must come to
 * `serveIntegrityThread`; without it the calls of the storage block the agent.
 * `native` as in `TaskContext`.
 */
export function createIntegrityTasks(native: () => NativeLibrary, threadScript?: string): TaskTable {
  const threads = threadScript
    ? startThreads<ThreadJob>(threadScript, INTEGRITY_THREAD)
    : blockingThreads<ThreadJob>(() => createThreadWork(native));
  return {
    ...fioTasks,
    "integrity.make-directory": makeDirectory,
    "integrity.remove-directory": removeDirectory,
    "integrity.prepare": (input: PrepareInput, context: TaskContext) => prepare(input, context),
    "integrity.write": (input: WriteInput, context: TaskContext) => write(threads, input, context),
    "integrity.verify": (input: VerifyInput, { signal, emit }: TaskContext) => verify(input, { threads, signal, emit }),
  };
}

async function write(threads: Threads<ThreadJob>, input: WriteInput, context: TaskContext): Promise<WriteResult> {
  const { signal, emit } = context;
  const stop = createStopFlag();
  const abort = () => raise(stop);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await threads.thread(input.worker).run<WriteResult>({ kind: "write", input, stop }, emit);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
