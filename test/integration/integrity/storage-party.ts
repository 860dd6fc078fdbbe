import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { startHostAgent } from "../../../src/agent/child.ts";
import { connectAgent } from "../../../src/agent/connection.ts";
import type { Agent, AgentChannel } from "../../../src/core/agent.ts";
import { createSystemClock } from "../../../src/core/clock.ts";
import type {
  Promised,
  ReadPath,
  Region,
  VerifyResult,
  Workload,
  WriteOp,
  WriteResult,
} from "../../../src/trials/integrity/model.ts";
import { SessionLog, type SyncSucceeded } from "../../../src/trials/integrity/oracle/session-log.ts";
import { builtAgent } from "../agent-bundle.ts";

/** A workload of one region, or of several, with what the tests do not care about filled in. */
export function workloadOf(regions: Region[], more: Partial<Workload> = {}): Workload {
  const sync = { call: "fdatasync", everySteps: 8 } as const;
  return { runId: "0123456789abcdef0123456789abcdef", regions, workers: 2, order: "random", sync, ...more };
}

/** One region of each kind, small. */
export const EVERY_KIND: Region[] = [
  { id: 1, kind: "in-place", slots: 64, slotBytes: 4096 },
  { id: 2, kind: "append", slots: 40, slotBytes: 8192 },
  { id: 3, kind: "files", slots: 12, slotBytes: 8192 },
  { id: 4, kind: "replace", slots: 12, slotBytes: 12_288 },
];

/** Where a party writes, what and how. */
export interface PartyOptions {
  directory: string;
  workload: Workload;
  direct: boolean;
}

/** The lab's side of writing and verifying, with a real agent in a process of its own that can be killed. */
export class StorageParty implements AsyncDisposable {
  readonly options: PartyOptions;
  readonly log: SessionLog;
  #agent: Promise<Agent> | undefined;
  #channel: AgentChannel | undefined;
  #began: number[] = [];
  readonly #progress = new EventEmitter();

  constructor(options: PartyOptions) {
    this.options = options;
    this.log = new SessionLog(options.workload);
  }

  agent(): Promise<Agent> {
    this.#agent ??= this.#start();
    return this.#agent;
  }

  #start(): Promise<Agent> {
    this.#channel = startHostAgent(builtAgent());
    return connectAgent(this.#channel, { clock: createSystemClock(), signal: new AbortController().signal });
  }

  async prepare() {
    const { directory, workload } = this.options;
    return (await this.agent()).call("integrity.prepare", { directory, workload });
  }

  /** A new writer, with all that makes: `steps` of each worker, in stretches. */
  async session(steps: number, stretchSteps = steps): Promise<WriteResult[]> {
    this.log.begin();
    this.#began =
      this.log
        .promised()
        .sessions.at(-1)
        ?.workers.map(({ synced }) => synced) ?? [];
    const { workers } = this.options.workload;
    const results = await Promise.all(
      Array.from({ length: workers }, (_, worker) => this.#writeAs(worker, steps, stretchSteps)),
    );
    return results.flat();
  }

  async #writeAs(worker: number, steps: number, stretchSteps: number): Promise<WriteResult[]> {
    const results: WriteResult[] = [];
    const end = this.log.nextStep(worker) + steps;
    while (this.log.nextStep(worker) < end) {
      const from = this.log.nextStep(worker);
      const result = await this.write(worker, from, Math.min(end, from + stretchSteps));
      results.push(result);
      if (result.reached < Math.min(end, from + stretchSteps)) break;
    }
    return results;
  }

  /** One stretch, with what it promises taken into the log. */
  async write(worker: number, from: number, to: number, more: object = {}): Promise<WriteResult> {
    const op: WriteOp = { type: "write", epoch: this.log.epoch, worker, from, to };
    this.log.issue(op);
    const onEvent = (event: unknown) => {
      this.log.sync(event as SyncSucceeded);
      this.#progress.emit("synced");
    };
    const input = { ...this.options, epoch: op.epoch, worker, from, to, ...more };
    const result = await (await this.agent()).call<WriteResult>("integrity.write", input, { onEvent });
    this.log.end({ ...op, result });
    return result;
  }

  async verify(readPath: ReadPath, settle = false, promised: Promised = this.log.promised()): Promise<VerifyResult> {
    const { directory } = this.options;
    const agent = await this.agent();
    const result = await agent.call<VerifyResult>("integrity.verify", { directory, promised, path: readPath, settle });
    if (settle) this.log.settle(result.settled ?? []);
    return result;
  }

  /** Resolves when syncs have covered so many more steps of any worker in this session. */
  async promisedSteps(steps: number): Promise<void> {
    const signal = AbortSignal.timeout(60_000);
    const isThere = () => {
      const workers = this.log.promised().sessions.at(-1)?.workers ?? [];
      return workers.some(({ synced }, worker) => synced >= (this.#began[worker] ?? 0) + steps);
    };
    while (!isThere()) await once(this.#progress, "synced", { signal });
  }

  /** SIGKILL; what the agent was doing is lost. */
  async kill(): Promise<void> {
    const agent = await this.#agent;
    if (agent) process.kill(agent.facts.pid, "SIGKILL");
    await this.#channel?.closed;
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#agent)?.[Symbol.asyncDispose]();
    this.#agent = undefined;
    this.#channel = undefined;
  }
}

/** A directory for one test. */
export function temporaryDirectory(): { directory: string } & Disposable {
  const directory = mkdtempSync(path.join(os.tmpdir(), "seatrial-integrity-"));
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}
