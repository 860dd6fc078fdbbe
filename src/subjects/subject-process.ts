import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { SeatrialError } from "../core/errors.ts";
import type { SubjectAnswer } from "./commands.ts";
import { subjectError } from "./errors.ts";

/** Programs that subjects run from. */
export interface SubjectProgram {
  nodePath: string;
  scriptPath: string;
  /** The foreign function module's binary (`koffi.node`); without it the subject refuses what needs it. */
  nativePath?: string;
}

/** How a subject's process is started. */
export interface SubjectStart {
  signal?: AbortSignal;
  /** A program with its arguments that runs the subject for the lab: `["unshare", "-m"]`. */
  launcher?: readonly string[];
  /** The lab's own variables unless given. */
  env?: Readonly<Record<string, string>>;
}

const KEPT_ERROR_CHARACTERS = 2000;

/** How long a subject that did not start may take to end. */
const START_GRACE_MS = 5000;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The lab's end of a subject that runs in a process of its own. */
export class SubjectProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #stderr = "";

  private constructor(program: SubjectProgram, argument: object, { launcher = [], env }: SubjectStart) {
    const { nodePath, scriptPath, nativePath } = program;
    const settings = JSON.stringify({ ...argument, nativePath, nodePath });
    const [command, ...args] = [...launcher, nodePath, scriptPath, settings] as const;
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], ...(env && { env }) });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-KEPT_ERROR_CHARACTERS);
    });
    // Writing to a process that has just ended is answered by its end.
    this.#child.stdin?.on("error", () => undefined);
    if (this.#child.stdout) createInterface({ input: this.#child.stdout }).on("line", (line) => this.#settle(line));
    this.#ended = new Promise((resolve) => {
      this.#child.once("error", (error) => this.#lose(error.message, resolve));
      this.#child.once("close", (code, signal) => this.#lose(`it ended with ${signal ?? code}`, resolve));
    });
  }

  /**
   * Resolves when the subject has said that it is ready. When this rejects, the process has ended.
   * @throws SeatrialError with the code that the process gave
   */
  static async start(program: SubjectProgram, argument: object, how: SubjectStart = {}): Promise<SubjectProcess> {
    const { signal } = how;
    signal?.throwIfAborted();
    const subject = new SubjectProcess(program, argument, how);
    const abort = () => void subject.#child.stdin?.end();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await subject.#answer();
      signal?.throwIfAborted();
      return subject;
    } catch (error) {
      if (!(await subject.end(START_GRACE_MS))) await subject.kill(START_GRACE_MS);
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** -1 when the process could not be started. */
  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Gives what the process answers. @throws SeatrialError the process's own, or SUBJECT_FAILED when it has ended. */
  tell(command: unknown): Promise<unknown> {
    const answer = this.#answer();
    this.#child.stdin?.write(`${JSON.stringify({ id: this.#nextId - 1, command })}\n`);
    return answer;
  }

  /** Asks the process to end and waits for that; true when it has. */
  async end(graceMs: number): Promise<boolean> {
    this.#child.stdin?.end();
    return this.#endsWithin(graceMs);
  }

  /** Ends the process, and nothing but it, without asking. One that sleeps in the kernel ends when it wakes. */
  async kill(graceMs: number): Promise<boolean> {
    if (!this.#hasEnded()) this.#child.kill("SIGKILL");
    const hasEnded = await this.#endsWithin(graceMs);
    // Its pipes would keep the lab alive as long as it sleeps.
    if (!hasEnded) for (const stream of this.#child.stdio) stream?.destroy();
    return hasEnded;
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #endsWithin(graceMs: number): Promise<boolean> {
    const patience = new AbortController();
    const late = delay(graceMs, false, { signal: patience.signal }).catch(() => false);
    const ended = await Promise.race([this.#ended.then(() => true), late]);
    patience.abort();
    return ended;
  }

  #answer(): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#hasEnded()) return reject(this.#failure("it has ended"));
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #settle(line: string): void {
    const { id, value, error } = JSON.parse(line) as SubjectAnswer;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (!error) return waiting?.resolve(value);
    const { code, message, ...definition } = error;
    waiting?.reject(new SeatrialError(code, { title: code, ...definition }, message));
  }

  #lose(reason: string, resolve: () => void): void {
    for (const { reject } of this.#waiting.values()) reject(this.#failure(reason));
    this.#waiting.clear();
    resolve();
  }

  #failure(reason: string): Error {
    return subjectError(
      "SUBJECT_FAILED",
      [`the subject is gone: ${reason}`, this.#stderr.trim()].filter(Boolean).join("\n"),
    );
  }
}
