import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { getSystemErrorName } from "node:util";
import type { CommandLimits } from "../../command.ts";
import { away, type Order, type Orders, outcomeOf } from "./orders.ts";
import type { OrderProcessAnswer } from "./serve-orders.ts";
import type { CephfsSettings } from "./settings.ts";

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Orders in flight: each waits in a thread of its own. */
const THREADS = "16";

/**
 * Orders through a process that keeps a connection to the cluster. One that does not answer in time takes the process with
 * it, as a hung call cannot be ended; the next order starts another, which reads the keyring anew. Where Ceph's libraries
 * cannot be used, orders go the other way for good.
 */
export class OrderProcess implements Orders {
  readonly #settings: CephfsSettings;
  readonly #command: readonly [string, ...string[]];
  readonly #env: CommandLimits["env"];
  readonly #otherwise: Orders;
  readonly #pending = new Map<number, { order: Order; signal: AbortSignal } & Pending>();
  #child: ChildProcess | undefined;
  #isUnable = false;
  #count = 0;

  /** `command` starts `serveOrders` with the same settings. */
  constructor(
    settings: CephfsSettings,
    command: readonly [string, ...string[]],
    env: CommandLimits["env"],
    otherwise: Orders,
  ) {
    this.#settings = settings;
    this.#command = command;
    this.#env = env;
    this.#otherwise = otherwise;
  }

  order(order: Order, signal: AbortSignal): Promise<unknown> {
    if (this.#isUnable) return this.#otherwise.order(order, signal);
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const id = ++this.#count;
      const { orderTimeoutMs: limitMs } = this.#settings;
      const late = setTimeout(
        () => this.#giveUp(`it has not answered \`${order.prefix}\` within ${limitMs} ms`),
        limitMs,
      );
      const abort = () => this.#pending.get(id)?.reject(signal.reason as Error);
      const settle = () => {
        clearTimeout(late);
        signal.removeEventListener("abort", abort);
        this.#pending.delete(id);
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#pending.set(id, {
        ...{ order, signal },
        resolve: (value) => (settle(), resolve(value)),
        reject: (error) => (settle(), reject(error)),
      });
      this.#running().stdin?.write(`${JSON.stringify({ id, ...order })}\n`);
    });
  }

  close(): void {
    this.#child?.kill("SIGKILL");
  }

  #running(): ChildProcess {
    if (this.#child) return this.#child;
    const [program, ...words] = this.#command;
    const env = { ...this.#env, UV_THREADPOOL_SIZE: THREADS };
    const child = spawn(program, words, { env, cwd: "/", stdio: ["pipe", "pipe", "ignore"] });
    this.#child = child;
    child.stdin.on("error", () => undefined);
    createInterface({ input: child.stdout }).on("line", (line) =>
      this.#hear(child, JSON.parse(line) as OrderProcessAnswer),
    );
    child.once("error", (error) => this.#lose(child, error.message));
    // Not "exit": what it has said last may still be in the pipe.
    child.once("close", () => this.#lose(child, "the connection has ended"));
    return child;
  }

  #hear(child: ChildProcess, answer: OrderProcessAnswer): void {
    if ("unable" in answer) return this.#goOtherwise();
    if ("lost" in answer) return this.#lose(child, `client.${this.#settings.client}: ${answer.lost}`);
    const pending = this.#pending.get(answer.id);
    const { result, output, complaint } = answer;
    const code = result < 0 ? getSystemErrorName(result) : undefined;
    try {
      pending?.resolve(outcomeOf(code, code === undefined ? output : complaint));
    } catch (error) {
      pending?.reject(error as Error);
    }
  }

  #goOtherwise(): void {
    this.#isUnable = true;
    for (const { order, signal, resolve, reject } of [...this.#pending.values()])
      this.#otherwise.order(order, signal).then(resolve, reject);
  }

  #giveUp(why: string): void {
    this.#child?.kill("SIGKILL");
    if (this.#child) this.#lose(this.#child, why);
  }

  #lose(child: ChildProcess, why: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    if (this.#isUnable) return;
    for (const { reject } of [...this.#pending.values()]) reject(away(`the cluster cannot be reached: ${why}`));
  }
}
