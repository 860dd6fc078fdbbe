import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { within } from "./deadline.ts";
import type { DriverHost } from "./host.ts";
import { ENVIRONMENT } from "./keeper.ts";
import type { OutputLog } from "./output-log.ts";
import { childrenByParent, signal } from "./processes.ts";

/** What runs where. */
export interface ProgramStart {
  host: DriverHost;
  words: readonly string[];
  /** Beside `PATH`, the language, and a `HOME` in the host's directory. */
  environment: Readonly<Record<string, string>>;
  /** Hears both of its streams. */
  log: OutputLog;
}

/** util-linux 2.38 says this of itself, and ends with status 1, when what it runs was ended by a signal. */
const COMPLAINT = /^unshare: sigprocmask unblock failed: .*\n/m;

/** Looks at the process table this far apart while a program comes up. */
const LOOK_EVERY_MS = 5;

/** A program inside a host, from its start to its end. */
export class RunningProgram {
  readonly #waiter: ChildProcess;
  #pid: number | undefined;
  #end: string | undefined;
  /** Resolves with how it ended, as words; what it has started may live on. */
  readonly ended: Promise<string>;

  constructor({ host, words, environment, log }: ProgramStart) {
    const [command = "", ...rest] = host.enter(words);
    this.#waiter = spawn(command, rest, {
      env: { ...ENVIRONMENT, HOME: host.places.home, ...environment },
      cwd: "/",
      stdio: ["ignore", "pipe", "pipe"],
      // A key pressed in the lab's terminal is for the lab.
      detached: true,
    });
    let isBySignal = false;
    const hear = (text: string) => {
      isBySignal ||= COMPLAINT.test(text);
      log.add(text.replace(COMPLAINT, ""));
    };
    for (const stream of [this.#waiter.stdout, this.#waiter.stderr]) stream?.setEncoding("utf8").on("data", hear);
    this.ended = new Promise((resolve) => {
      const end = (how: string) => {
        this.#end ??= how;
        resolve(how);
      };
      this.#waiter.once("error", (error) => end(error.message));
      this.#waiter.once("exit", (code, by) =>
        end(by || isBySignal ? `ended by ${by ?? "a signal"}` : `ended with status ${code}`),
      );
    });
  }

  /** On this machine; undefined before it has begun and once it has ended. */
  get pid(): number | undefined {
    return this.#end === undefined ? this.#pid : undefined;
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Resolves when its process is there, or has ended already. */
  async begun(): Promise<void> {
    while (this.#pid === undefined && !this.hasEnded) {
      this.#pid = childrenByParent().get(this.#waiter.pid ?? -1)?.[0];
      if (this.#pid === undefined) await Promise.race([delay(LOOK_EVERY_MS), this.ended]);
    }
  }

  /** To this process alone. True when it has ended within `graceMs`. */
  async end(name: "SIGTERM" | "SIGKILL", graceMs: number): Promise<boolean> {
    await this.begun();
    if (this.pid !== undefined) signal(this.pid, name);
    return within(
      this.ended.then(() => true),
      graceMs,
      () => false,
    );
  }
}
