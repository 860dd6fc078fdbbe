/** Files that make up the agent, so that a runtime can put them into a container. */
export interface AgentBundle {
  /** One JavaScript file without dependencies, run as `node SCRIPT serve`. */
  scriptPath: string;
  /** The Node executable of this machine; usable inside containers of the same kernel and architecture. */
  nodePath: string;
  /** The foreign function module's binary (`koffi.node`), absent where this platform has none. */
  nativePath?: string;
}

/** A byte stream to one resident agent, however the runtime carries it. */
export interface AgentChannel {
  /** Bytes to the agent's standard input. */
  readonly input: NodeJS.WritableStream;
  /** Bytes from the agent's standard output. */
  readonly output: NodeJS.ReadableStream;
  /** The last lines of its standard error, for messages when it ends early. */
  errorTail(): string;
  /** Resolves when the agent or the stream has ended, with what is known of why. */
  readonly closed: Promise<{ reason: string }>;
  /** Closes the stream: the agent ends by itself. Safe to call twice. */
  close(): Promise<void>;
}

/** How an agent's time stamps relate to the lab's clock. */
export type ClockRelation =
  | { sameKernel: true }
  /** agent time - lab time lies within these bounds (nanoseconds); latencies across the two are widened by them. */
  | { sameKernel: false; offsetLowNs: number; offsetHighNs: number };

/** What an agent says of the place it runs in. */
export interface AgentFacts {
  nodeVersion: string;
  platform: string;
  arch: string;
  kernel: string;
  bootId: string;
  /** `/proc/self/timens_offsets`, normalised; "" where the kernel has none. */
  timeNamespace: string;
  pid: number;
  uid: number;
  /** Why foreign functions cannot be called here, or "" when they can. */
  nativeMissing: string;
}

/** How the caller of a task listens to it and gives it up. */
export interface CallOptions {
  signal?: AbortSignal;
  /** What the task tells on the way. */
  onEvent?: (event: unknown) => void;
}

/** The lab's end of one resident agent. */
export interface Agent extends AsyncDisposable {
  readonly facts: AgentFacts;
  readonly clock: ClockRelation;
  /**
   * Runs one task in the agent. Time stamps in the answer are lab time on the same kernel.
   * @throws TaskFailure when the task threw, AgentGone when the stream closed first.
   */
  call<Output>(task: string, input: unknown, options?: CallOptions): Promise<Output>;
  /** Measures the clocks again and narrows `clock`; a no-op on the same kernel. */
  syncClock(): Promise<void>;
}

/** The task threw inside the agent; `systemCode` is the errno name where it had one. */
export class TaskFailure extends Error {
  override readonly name = "TaskFailure";
  readonly systemCode: string | undefined;
  constructor(message: string, systemCode?: string) {
    super(message);
    this.systemCode = systemCode;
  }
}

/** The agent ended before it answered: what it was doing has an unknown outcome. */
export class AgentGone extends Error {
  override readonly name = "AgentGone";
}
