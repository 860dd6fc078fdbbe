import type { Clock } from "../../../../core/clock.ts";
import type { DriverProcess } from "../../subject.ts";
import { type CommandLine, fillPlaceholders, splitCommand } from "./command-line.ts";
import { hostError } from "./errors.ts";
import { firstAnswer } from "./first-answer.ts";
import type { DriverHost } from "./host.ts";
import { OutputLog } from "./output-log.ts";
import { appetiteOf, descendantsOf } from "./processes.ts";
import { RunningProgram } from "./running-program.ts";

/** How a driver is run. */
export interface ServeOptions {
  /** `{socket}`, `{state}`, `{root}`, `{control}` and `{shared}` in it stand for the host's places. */
  command: CommandLine;
  environment?: Readonly<Record<string, string>>;
  clock: Clock;
  /** How long it may take until its socket answers. */
  startLimitMs?: number;
  signal?: AbortSignal;
}

const START_LIMIT_MS = 20_000;
const STOP_GRACE_MS = 10_000;
/** A killed process is gone at once, unless it sleeps in the kernel. */
const KILL_GRACE_MS = 5000;
/** How long a second instance may take to see that it is not wanted. */
const SECOND_LIMIT_MS = 15_000;

/** A driver inside a host: started, stopped and killed as its own process, or with all of the host. */
export class ServedDriver implements DriverProcess {
  readonly #host: DriverHost;
  readonly #options: ServeOptions;
  readonly #log = new OutputLog();
  #program: RunningProgram | undefined;
  #seconds = 0;

  constructor(host: DriverHost, options: ServeOptions) {
    this.#host = host;
    this.#options = options;
  }

  get statePath(): string {
    return this.#host.places.state;
  }

  pid(): number | undefined {
    return this.#program?.pid;
  }

  log(): string {
    return this.#log.text();
  }

  /** @throws SeatrialError VOLUME_DRIVER_FAILED with the last words of the driver */
  async start(): Promise<number> {
    if (this.#program && !this.#program.hasEnded) throw hostError("VOLUME_DRIVER_FAILED", "the driver runs already");
    const { clock, startLimitMs = START_LIMIT_MS } = this.#options;
    const startedNs = clock.nowNs();
    const { socket } = this.#host.places;
    const program = await this.#run(socket, this.#log);
    this.#program = program;
    const outcome = await this.#firstAnswer(program, socket, startLimitMs);
    if (outcome === "answers") return (clock.nowNs() - startedNs) / 1e6;
    if (outcome === "silent") await program.end("SIGKILL", KILL_GRACE_MS);
    const how = outcome === "silent" ? `no answer on ${socket} after ${startLimitMs / 1000} s` : await program.ended;
    throw hostError("VOLUME_DRIVER_FAILED", [`${this.#words().join(" ")}: ${how}`, this.#log.lastWords()].join("\n"));
  }

  async stop(graceMs = STOP_GRACE_MS): Promise<number | undefined> {
    if (!this.#program || this.#program.hasEnded) return 0;
    const { clock } = this.#options;
    const startedNs = clock.nowNs();
    if (await this.#program.end("SIGTERM", graceMs)) return (clock.nowNs() - startedNs) / 1e6;
    await this.kill();
    return undefined;
  }

  async kill(): Promise<void> {
    if (!this.#program || (await this.#program.end("SIGKILL", KILL_GRACE_MS))) return;
    throw hostError(
      "VOLUME_DRIVER_FAILED",
      `process ${this.pid()} has not ended after SIGKILL: it sleeps in the kernel`,
    );
  }

  async rebootHost(): Promise<void> {
    await this.#host.reboot();
    await this.#program?.ended;
    await this.start();
  }

  usage(): Promise<{ residentBytes: number; descriptors: number; processes: number }> {
    const pid = this.pid();
    // What a driver has started and left belongs to the host's first process.
    const roots = [this.#host.keeperPid(), ...(pid === undefined ? [] : [pid])];
    const appetite = pid === undefined ? { residentBytes: 0, descriptors: 0 } : appetiteOf(pid);
    return Promise.resolve({ ...appetite, processes: descendantsOf(roots).length });
  }

  async second(): ReturnType<DriverProcess["second"]> {
    const log = new OutputLog();
    const socket = this.#host.socketBeside(`driver-${++this.#seconds}`);
    const program = await this.#run(socket, log);
    const outcome = await this.#firstAnswer(program, socket, SECOND_LIMIT_MS);
    return {
      ended: outcome === "ended" ? `${await program.ended}\n${log.text()}`.trim() : undefined,
      isServing: outcome === "answers",
      [Symbol.asyncDispose]: async () => void (await program.end("SIGKILL", KILL_GRACE_MS)),
    };
  }

  async #run(socket: string, log: OutputLog): Promise<RunningProgram> {
    const { environment = {} } = this.#options;
    const program = new RunningProgram({ host: this.#host, words: this.#words(socket), environment, log });
    await program.begun();
    return program;
  }

  #words(socket = this.#host.places.socket): string[] {
    return fillPlaceholders(splitCommand(this.#options.command), { ...this.#host.places, socket });
  }

  #firstAnswer({ ended }: RunningProgram, socketPath: string, limitMs: number) {
    const { clock, signal } = this.#options;
    return firstAnswer({ socketPath, clock, limitMs, ended, ...(signal && { signal }) });
  }
}
