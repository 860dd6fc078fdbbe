import type { NativeLibrary } from "../../../agent/protocol.ts";
import type { Promised } from "../model.ts";
import type { StopFlag } from "./pace.ts";
import { syncEverything } from "./settle.ts";
import type { Perform } from "./threads.ts";
import { type LookAgain, lookAgain, type ReadTogether, readPortions } from "./verify-thread.ts";
import { type WriteInput, WorkerWriter, type WriterInput } from "./write.ts";

/** What a thread of this trial can be asked for. */
export type ThreadJob =
  | { kind: "write"; input: WriteInput; stop: StopFlag }
  | { kind: "read"; input: ReadTogether }
  | { kind: "look-again"; input: LookAgain }
  | { kind: "sync"; directory: string; promised: Promised };

/** One thread's work; it remembers its writer. */
export function createThreadWork(native: () => NativeLibrary): Perform<ThreadJob> {
  const writers = createWriters(native);
  return (job, tell) => {
    if (job.kind === "write") return writers.of(job.input).write(job.input, job.stop, tell);
    if (job.kind === "read") return readPortions(job.input, tell);
    if (job.kind === "look-again") return lookAgain(job.input);
    return syncEverything(job.directory, job.promised);
  };
}

/** The one writer of a thread; another session, or another place, gets another. */
function createWriters(native: () => NativeLibrary) {
  let current: { key: string; writer: WorkerWriter } | undefined;
  return {
    of: (input: WriteInput): WorkerWriter => {
      const key = keyOf(input);
      if (current?.key === key) return current.writer;
      current?.writer.close();
      current = { key, writer: new WorkerWriter(input, input.from, native) };
      return current.writer;
    },
  };
}

function keyOf({ directory, workload, worker, epoch, direct }: WriterInput): string {
  return JSON.stringify([directory, workload, worker, epoch, direct]);
}
