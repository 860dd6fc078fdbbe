import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { messageOf } from "../../../core/errors.ts";
import { DRIVER_ERRORS, driverError } from "../../errors.ts";
import type { WorkerAnswer, WorkerCommand } from "./worker.ts";

/** A command without its number. */
export type WorkerCall = WorkerCommand extends infer Command
  ? Command extends WorkerCommand
    ? Omit<Command, "id">
    : never
  : never;

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * The driver's side of a worker. One that does not answer in time is given up, and the file system counts as away until
 * its process has ended: a second one would only hang beside it.
 */
export class WorkerProcess {
  readonly #command: readonly [string, ...string[]];
  readonly #env: Readonly<Record<string, string>>;
  readonly #pending = new Map<number, Pending>();
  #child: ChildProcess | undefined;
  #stuck: ChildProcess | undefined;
  #calls = 0;

  constructor(command: readonly [string, ...string[]], env: Readonly<Record<string, string>>) {
    this.#command = command;
    this.#env = env;
  }

  /** @throws SeatrialError BACK_END_AWAY, and what the worker throws */
  call(call: WorkerCall, limitMs: number, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      if (this.#stuck) return reject(driverError("BACK_END_AWAY", "the file system of the volumes does not answer"));
      const id = ++this.#calls;
      const giveUp = () => this.#giveUp(`the file system of the volumes has not answered within ${limitMs} ms`);
      const late = setTimeout(giveUp, limitMs);
      const settle = () => {
        clearTimeout(late);
        signal.removeEventListener("abort", giveUp);
        this.#pending.delete(id);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.#pending.set(id, {
        resolve: (value) => (settle(), resolve(value)),
        reject: (error) => (settle(), reject(error)),
      });
      this.#running().stdin?.write(`${JSON.stringify({ id, ...call })}\n`);
    });
  }

  close(): void {
    this.#child?.stdin?.end();
    this.#child?.kill("SIGKILL");
  }

  #running(): ChildProcess {
    if (this.#child) return this.#child;
    const [program, ...words] = this.#command;
    const child = spawn(program, words, { env: this.#env, cwd: "/", stdio: ["pipe", "pipe", "inherit"] });
    this.#child = child;
    child.stdin.on("error", () => undefined);
    createInterface({ input: child.stdout }).on("line", (line) => this.#hear(JSON.parse(line) as WorkerAnswer));
    child.once("error", (error) => this.#ended(child, messageOf(error)));
    child.once("exit", () => this.#ended(child, "it ended by itself"));
    return child;
  }

  #hear({ id, value, error }: WorkerAnswer): void {
    const pending = this.#pending.get(id);
    if (error) pending?.reject(errorOf(error));
    else pending?.resolve(value);
  }

  #giveUp(why: string): void {
    const child = this.#child;
    if (!child) return;
    this.#stuck = child;
    this.#child = undefined;
    child.kill("SIGKILL");
    child.stdout?.destroy();
    child.unref();
    this.#rejectAll(why);
  }

  #ended(child: ChildProcess, why: string): void {
    if (this.#stuck === child) this.#stuck = undefined;
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#rejectAll(`the process that looks after the volumes: ${why}`);
  }

  #rejectAll(why: string): void {
    for (const { reject } of [...this.#pending.values()]) reject(driverError("BACK_END_AWAY", why));
  }
}

function errorOf({ code, message }: NonNullable<WorkerAnswer["error"]>): Error {
  return code !== undefined && Object.hasOwn(DRIVER_ERRORS, code)
    ? driverError(code as keyof typeof DRIVER_ERRORS, message)
    : new Error(message);
}
