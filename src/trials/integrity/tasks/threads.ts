import { type MessagePort, Worker } from "node:worker_threads";
import { messageOf, systemCode } from "../../../core/errors.ts";

/** Does one piece of work without a pause; the thread hears nothing meanwhile. */
export type Perform<Job> = (job: Job, tell: (event: unknown) => void) => unknown;

/** Where blocking calls are made, one job after another. */
export interface Thread<Job> {
  /** @throws Error with the system's code, as the job threw it; Error when the thread has ended. */
  run<Output>(job: Job, onEvent?: (event: unknown) => void): Promise<Output>;
}

/** Threads by number, each started when it is first asked for. */
export interface Threads<Job> {
  thread(index: number): Thread<Job>;
}

type Answer =
  | { id: number; kind: "event"; event: unknown }
  | { id: number; kind: "result"; output: unknown }
  | { id: number; kind: "failure"; message: string; systemCode: string | undefined };

interface Waiting {
  resolve(output: unknown): void;
  reject(error: Error): void;
  onEvent: (event: unknown) => void;
}

/** Threads that run `script`, which must answer `serveThread` when its `workerData` names `entry`. */
export function startThreads<Job>(script: string, entry: string): Threads<Job> {
  return lazily(() => new WorkerThread(new Worker(script, { workerData: { entry } })));
}

/** The same without threads: everything else waits while a job runs. */
export function blockingThreads<Job>(createPerform: () => Perform<Job>): Threads<Job> {
  return lazily(() => {
    const perform = createPerform();
    return {
      run: async <Output>(job: Job, onEvent: (event: unknown) => void = () => {}) => perform(job, onEvent) as Output,
    };
  });
}

function lazily<Job>(start: () => Thread<Job>): Threads<Job> {
  const threads = new Map<number, Thread<Job>>();
  return {
    thread: (index) => {
      const thread = threads.get(index) ?? start();
      threads.set(index, thread);
      return thread;
    },
  };
}

/** The other end, inside a thread: answers every job that comes in. */
export function serveThread<Job>(port: MessagePort, perform: Perform<Job>): void {
  port.on("message", ({ id, job }: { id: number; job: Job }) => {
    const answer = (message: Answer) => port.postMessage(message);
    try {
      const output = perform(job, (event) => answer({ id, kind: "event", event }));
      answer({ id, kind: "result", output });
    } catch (error) {
      answer({ id, kind: "failure", message: messageOf(error), systemCode: systemCode(error) });
    }
  });
}

class WorkerThread<Job> implements Thread<Job> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #ended: Error | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (answer: Answer) => this.#hear(answer));
    worker.once("error", (error) => this.#end(error));
    worker.once("exit", (status) => this.#end(new Error(`a thread has ended with status ${status}`)));
  }

  run<Output>(job: Job, onEvent: (event: unknown) => void = () => {}): Promise<Output> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onEvent });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      this.#worker.postMessage({ id, job });
    });
  }

  #hear(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (answer.kind === "event") return waiting?.onEvent(answer.event);
    this.#waiting.delete(answer.id);
    if (answer.kind === "result") return waiting?.resolve(answer.output);
    const { message, systemCode: code } = answer;
    waiting?.reject(Object.assign(new Error(message), code ? { code } : {}));
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
