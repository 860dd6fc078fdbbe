import { createConnection } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../../../core/clock.ts";
import { type DriverProcess, NotOffered } from "../../subject.ts";
import { hostError } from "./errors.ts";
import { firstAnswer } from "./first-answer.ts";
import { runHook } from "./hook.ts";
import { OutputLog } from "./output-log.ts";
import { appetiteOf, descendantsOf, listenerOf, signal } from "./processes.ts";

/** Shell commands for a driver that the suite has not started. */
export interface DriverCommands {
  /** Ends with status 0 once the driver is on its way. */
  start: string;
  /** SIGTERM to the process that listens unless given. */
  stop?: string;
  /** SIGKILL to that process unless given. */
  kill?: string;
}

const START_LIMIT_MS = 30_000;
const STOP_GRACE_MS = 30_000;
const KILL_GRACE_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** A driver that commands of the user's start and end. */
export class CommandedDriver implements DriverProcess {
  readonly #socketPath: string;
  readonly #commands: DriverCommands;
  readonly #clock: Clock;
  readonly #log = new OutputLog();

  constructor(socketPath: string, commands: DriverCommands, clock: Clock) {
    this.#socketPath = socketPath;
    this.#commands = commands;
    this.#clock = clock;
  }

  get statePath(): string {
    throw new NotOffered("where a driver keeps its state is known only where the suite starts it (--serve)");
  }

  pid(): number | undefined {
    return listenerOf(this.#socketPath);
  }

  async start(): Promise<number> {
    const startedNs = this.#clock.nowNs();
    if (!(await listens(this.#socketPath))) this.#log.add(await runHook(this.#commands.start));
    const wait = { socketPath: this.#socketPath, clock: this.#clock, limitMs: START_LIMIT_MS };
    if ((await firstAnswer(wait)) === "answers") return this.#sinceMs(startedNs);
    const detail = `${this.#commands.start}: no answer on ${this.#socketPath} after ${START_LIMIT_MS / 1000} s`;
    throw hostError("VOLUME_DRIVER_FAILED", [detail, this.#log.lastWords()].join("\n").trim());
  }

  async stop(graceMs = STOP_GRACE_MS): Promise<number | undefined> {
    const startedNs = this.#clock.nowNs();
    await this.#send("SIGTERM", this.#commands.stop);
    if (await this.#endsWithin(graceMs)) return this.#sinceMs(startedNs);
    await this.kill();
    return undefined;
  }

  async kill(): Promise<void> {
    await this.#send("SIGKILL", this.#commands.kill);
    if (await this.#endsWithin(KILL_GRACE_MS)) return;
    throw hostError("VOLUME_DRIVER_FAILED", `process ${this.pid()} still listens on ${this.#socketPath}`, {
      remedy: "Give a --kill-command that ends the driver and does not start another.",
    });
  }

  rebootHost(): Promise<void> {
    return Promise.reject(new NotOffered("only a host that the suite has made (--serve) can be rebooted"));
  }

  second(): Promise<never> {
    return Promise.reject(
      new NotOffered("a second instance is started only of a driver that the suite serves (--serve)"),
    );
  }

  log(): string {
    return this.#log.text();
  }

  usage(): Promise<{ residentBytes: number; descriptors: number; processes: number }> {
    const pid = this.pid();
    if (pid === undefined) return Promise.reject(new NotOffered(`it is not seen who listens on ${this.#socketPath}`));
    return Promise.resolve({ ...appetiteOf(pid), processes: descendantsOf([pid]).length });
  }

  async #send(name: "SIGTERM" | "SIGKILL", command: string | undefined): Promise<void> {
    const pid = this.pid();
    if (command !== undefined) this.#log.add(await runHook(command));
    else if (pid !== undefined) signal(pid, name);
  }

  async #endsWithin(limitMs: number): Promise<boolean> {
    const untilNs = this.#clock.nowNs() + limitMs * 1e6;
    while (this.pid() !== undefined && this.#clock.nowNs() < untilNs) await delay(LOOK_EVERY_MS);
    return this.pid() === undefined;
  }

  #sinceMs(startedNs: number): number {
    return (this.#clock.nowNs() - startedNs) / 1e6;
  }
}

function listens(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
