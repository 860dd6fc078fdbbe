import {
  type Agent,
  type AgentChannel,
  type AgentFacts,
  AgentGone,
  type CallOptions,
  type ClockRelation,
  TaskFailure,
} from "../core/agent.ts";
import type { SystemClock } from "../core/clock.ts";
import { createClockOffset, type Ping } from "./clock-offset.ts";
import { kernelIdentity } from "./facts.ts";
import { splitLines } from "./lines.ts";
import { PROTOCOL_VERSION, type Reply, type Request } from "./protocol.ts";

/** An agent that has not been heard of for this long while asked something is given up: stuck in a system call, or frozen. */
const SILENCE_LIMIT_MS = 60_000;
const READY_LIMIT_MS = 30_000;
const PINGS_PER_SYNC = 64;

interface Waiting {
  resolve(output: unknown): void;
  reject(error: Error): void;
  onEvent?: ((event: unknown) => void) | undefined;
}

/** The lab's side of a connection; an agent that is silent for longer than `silenceLimitMs` is gone. */
export interface ConnectOptions {
  clock: SystemClock;
  signal: AbortSignal;
  silenceLimitMs?: number;
}

/** Greets the agent at the other end of `channel` and learns its clock. @throws AgentGone when it does not answer. */
export async function connectAgent(channel: AgentChannel, options: ConnectOptions): Promise<Agent> {
  const connection = new AgentConnection(channel, options);
  try {
    await connection.greet(options.signal);
    await connection.syncClock();
    return connection;
  } catch (error) {
    await channel.close();
    throw error;
  }
}

class AgentConnection implements Agent {
  readonly #channel: AgentChannel;
  readonly #clock: SystemClock;
  readonly #waiting = new Map<number, Waiting>();
  readonly #offset = createClockOffset();
  readonly #silenceTimer: NodeJS.Timeout;
  #lastHeardMs = performance.now();
  #nextId = 1;
  #facts: AgentFacts | undefined;
  #sameKernel = false;
  #gone: AgentGone | undefined;
  #ready: (reply: Reply) => void = () => {};

  constructor(channel: AgentChannel, { clock, silenceLimitMs = SILENCE_LIMIT_MS }: ConnectOptions) {
    this.#channel = channel;
    this.#clock = clock;
    channel.output.on(
      "data",
      splitLines((line) => this.#hear(line)),
    );
    channel.input.on("error", () => {});
    void channel.closed.then(({ reason }) => this.#giveUp(reason));
    this.#silenceTimer = setInterval(() => this.#checkSilence(silenceLimitMs), Math.min(1000, silenceLimitMs / 2));
    this.#silenceTimer.unref();
  }

  get facts(): AgentFacts {
    if (!this.#facts) throw new Error("the agent has not said what it is");
    return this.#facts;
  }

  get clock(): ClockRelation {
    return this.#sameKernel ? { sameKernel: true } : this.#offset.relation();
  }

  async greet(signal: AbortSignal): Promise<void> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(READY_LIMIT_MS)]);
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#ready = resolve;
      deadline.addEventListener(
        "abort",
        () => reject(new AgentGone(`the agent did not greet: ${String(deadline.reason)}`)),
        { once: true },
      );
      void this.#channel.closed.then(({ reason }) => reject(this.#describeEnd(reason)));
      this.#send({
        type: "hello",
        version: PROTOCOL_VERSION,
        originNs: String(this.#clock.originNs),
        ...kernelIdentity(),
      });
    });
    if (reply.type !== "ready")
      throw new AgentGone(reply.type === "refused" ? reply.message : `the agent greeted with "${reply.type}"`);
    this.#facts = reply.facts;
    this.#sameKernel = reply.sameKernel;
  }

  async syncClock(): Promise<void> {
    if (this.#sameKernel) return;
    const pings: Ping[] = [];
    for (let i = 0; i < PINGS_PER_SYNC; i++) {
      const sentNs = this.#clock.nowNs();
      const remoteNs = (await this.#ask((id) => ({ type: "clock", id }))) as number;
      pings.push({ sentNs, remoteNs, receivedNs: this.#clock.nowNs() });
    }
    this.#offset.addBatch(pings);
  }

  async call<Output>(task: string, input: unknown, { signal, onEvent }: CallOptions = {}): Promise<Output> {
    signal?.throwIfAborted();
    let id = 0;
    const cancel = () => this.#send({ type: "cancel", id });
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      const request = (fresh: number): Request => {
        id = fresh;
        return { type: "call", id, task, input };
      };
      return (await this.#ask(request, onEvent)) as Output;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#giveUp("closed by the lab");
    await this.#channel.close();
  }

  #ask(request: (id: number) => Request, onEvent?: (event: unknown) => void): Promise<unknown> {
    if (this.#gone) return Promise.reject(this.#gone);
    const id = this.#nextId++;
    if (this.#waiting.size === 0) this.#lastHeardMs = performance.now();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onEvent });
      this.#send(request(id));
    });
  }

  #send(request: Request): void {
    if (!this.#gone) this.#channel.input.write(`${JSON.stringify(request)}\n`);
  }

  #hear(line: string): void {
    this.#lastHeardMs = performance.now();
    const reply = parseReply(line);
    if (!reply) return this.#giveUp(`it said something that is not of the protocol: ${line.slice(0, 200)}`);
    if (reply.type === "ready" || reply.type === "refused") return this.#ready(reply);
    if (reply.type === "heartbeat") return;
    const waiting = this.#waiting.get(reply.id);
    if (reply.type === "event") return waiting?.onEvent?.(reply.event);
    this.#waiting.delete(reply.id);
    if (reply.type === "result") waiting?.resolve(reply.output);
    else if (reply.type === "clock") waiting?.resolve(reply.nowNs);
    else waiting?.reject(new TaskFailure(reply.message, reply.systemCode));
  }

  #checkSilence(limitMs: number): void {
    const silentMs = performance.now() - this.#lastHeardMs;
    if (this.#waiting.size > 0 && silentMs > limitMs)
      this.#giveUp(`nothing was heard of it for ${Math.round(silentMs / 1000)} s`);
  }

  #giveUp(reason: string): void {
    if (this.#gone) return;
    this.#gone = this.#describeEnd(reason);
    clearInterval(this.#silenceTimer);
    for (const { reject } of this.#waiting.values()) reject(this.#gone);
    this.#waiting.clear();
  }

  #describeEnd(reason: string): AgentGone {
    const tail = this.#channel.errorTail().trim();
    return new AgentGone(`the agent has gone: ${reason}${tail ? `\n${tail}` : ""}`);
  }
}

function parseReply(line: string): Reply | undefined {
  try {
    const reply = JSON.parse(line) as Reply;
    return typeof reply?.type === "string" ? reply : undefined;
  } catch {
    return undefined;
  }
}
