import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { SubjectAnswer } from "./commands.ts";
import { SUBJECT_ERRORS, subjectError } from "./errors.ts";

/** Programs that subjects run from. */
export interface SubjectProgram {
  nodePath: string;
  scriptPath: string;
  /** The foreign function module's binary (`koffi.node`); without it the subject refuses what needs it. */
  nativePath?: string;
}

const KEPT_ERROR_CHARACTERS = 2000;

/** The lab's end of a subject that runs in a process of its own. */
export class SubjectProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  #nextId = 0;
  #stderr = "";

  private constructor(program: SubjectProgram, argument: object) {
    const { nodePath, scriptPath, nativePath } = program;
    const args = [scriptPath, JSON.stringify({ ...argument, nativePath, nodePath })];
    this.#child = spawn(nodePath, args, { stdio: ["pipe", "pipe", "pipe"] });
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

  /** Resolves when the subject has said that it is ready. @throws SeatrialError with the code that the process gave. */
  static async start(program: SubjectProgram, argument: object, signal?: AbortSignal): Promise<SubjectProcess> {
    signal?.throwIfAborted();
    const subject = new SubjectProcess(program, argument);
    const abort = () => void subject.#child.stdin?.end();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await subject.#answer();
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    signal?.throwIfAborted();
    return subject;
  }

  /** -1 when the process could not be started. */
  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** @throws SeatrialError SUBJECT_BAD_DIALS, or SUBJECT_FAILED when the process has ended. */
  setDials(dials: unknown): Promise<void> {
    const answer = this.#answer();
    this.#child.stdin?.write(`${JSON.stringify({ id: this.#nextId - 1, dials })}\n`);
    return answer;
  }

  /** Asks the process to end and waits for that; true when it has. */
  async end(graceMs: number): Promise<boolean> {
    this.#child.stdin?.end();
    return this.#endsWithin(graceMs);
  }

  /** Ends the process, and nothing but it, without asking. */
  async kill(graceMs: number): Promise<boolean> {
    if (!this.#hasEnded()) this.#child.kill("SIGKILL");
    return this.#endsWithin(graceMs);
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

  #answer(): Promise<void> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#hasEnded()) return reject(this.#failure("it has ended"));
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #settle(line: string): void {
    const { id, error } = JSON.parse(line) as SubjectAnswer;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (!error) return waiting?.resolve();
    const isOurs = error.code in SUBJECT_ERRORS;
    const code = isOurs ? (error.code as keyof typeof SUBJECT_ERRORS) : "SUBJECT_FAILED";
    waiting?.reject(subjectError(code, isOurs ? error.detail : `${error.code}: ${error.detail}`));
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
