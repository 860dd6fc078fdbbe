import { SeatrialError } from "../../../core/errors.ts";
import { type CommandResult, runCommand } from "../../command.ts";
import { driverError } from "../../errors.ts";
import type { CephfsSettings } from "./settings.ts";

/** A command of the cluster, as its monitors and managers describe them: `fs subvolume info` with its arguments. */
export interface Order {
  prefix: string;
  arguments: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  /** For a metadata server, `cephfs:0`; for the manager unless given. */
  server?: string;
}

/** Gives the cluster commands. */
export interface Orders {
  /**
   * Gives the answer: JSON, or text where it is none; undefined where there is no answer.
   * @throws Refused where the cluster has answered with an error; SeatrialError BACK_END_AWAY where it could not be asked
   */
  order(order: Order, signal: AbortSignal): Promise<unknown>;
  /** Nothing of it runs on. */
  close(): void;
}

/** The cluster's own refusal. */
export class Refused extends Error {
  override readonly name = "Refused";
  /** `ENOENT` */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Shorter than any deadline of ours, so that an unreachable cluster is told from a slow one. */
const CONNECT_SECONDS = 5;
/** The `ceph` command is Python: more of them at once only fight for processors. */
const MOST_AT_ONCE = 4;
/** Codes of an answer that says nothing of what was asked: the service itself is not there (yet). */
const AWAY_CODES = new Set(["ETIMEDOUT", "ESHUTDOWN", "ENOTCONN", "EHOSTUNREACH", "ENOTSUP"]);

/** Orders through the `ceph` command. */
export class CephCommand implements Orders {
  readonly #settings: CephfsSettings;
  readonly #env: Readonly<Record<string, string>>;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(settings: CephfsSettings, env: Readonly<Record<string, string>>) {
    this.#settings = settings;
    this.#env = env;
  }

  async order(order: Order, signal: AbortSignal): Promise<unknown> {
    await this.#turn();
    try {
      return answerOf(await this.#run(order, signal), this.#settings);
    } catch (error) {
      if (error instanceof SeatrialError && error.code === "COMMAND_LATE")
        throw away(`${error.message} (${order.prefix})`);
      throw error;
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  /** A command that runs ends by itself. */
  close(): void {}

  #run(order: Order, signal: AbortSignal): Promise<CommandResult> {
    const { orderTimeoutMs: timeoutMs } = this.#settings;
    const words = ["--connect-timeout", String(CONNECT_SECONDS), "-f", "json", ...wordsOf(order)];
    return runCommand(["ceph", ...reachArguments(this.#settings), ...words], { env: this.#env, signal, timeoutMs });
  }

  async #turn(): Promise<void> {
    while (this.#running >= MOST_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
  }
}

/** What every program of Ceph is told of where the cluster is and who asks. */
export function reachArguments({ configuration, monitors, client, keyring }: CephfsSettings): string[] {
  const where = monitors === undefined ? [] : ["-m", monitors];
  return ["-c", configuration, ...where, "-n", `client.${client}`, "-k", keyring];
}

function wordsOf({ prefix, arguments: given, server }: Order): string[] {
  const named = Object.entries(given).flatMap(([key, value]) =>
    value === undefined ? [] : [`--${key}=${String(value)}`],
  );
  return [...(server === undefined ? [] : ["tell", `mds.${server}`]), ...prefix.split(" "), ...named];
}

function answerOf({ exit, stdout, stderr }: CommandResult, { client }: CephfsSettings): unknown {
  if (exit === 0) return outcomeOf(undefined, stdout);
  const [, code, text = ""] = /^Error (E[A-Z0-9]+): ?([^]*)$/m.exec(stderr) ?? [];
  if (code !== undefined) return outcomeOf(code, text);
  throw away(`the cluster does not let client.${client} in: ${lastLine(stderr)}`);
}

/**
 * The answer to an order: what was printed, or what the system's error code and a complaint mean.
 * @throws Refused; SeatrialError BACK_END_AWAY
 */
export function outcomeOf(code: string | undefined, text: string): unknown {
  if (code === undefined) return text.trim() === "" ? undefined : jsonOrText(text.trim());
  // Managers put a whole stack of calls into what they complain of.
  const complaint = text.startsWith("Traceback") ? lastLine(text) : (text.split("\n", 1)[0] ?? "");
  // A manager that has just started, or took over, does not know its own commands for a second.
  const isStarting = /no valid command found|no handler found/i.test(text);
  if (isStarting || AWAY_CODES.has(code)) throw away(`the cluster is not ready: ${complaint || code}`);
  throw new Refused(code, complaint.slice(0, 300) || code);
}

function lastLine(text: string): string {
  return (text.trim().split("\n").at(-1) ?? "").slice(0, 300);
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** That the cluster cannot be asked, and why. */
export function away(detail: string): SeatrialError {
  return driverError("BACK_END_AWAY", detail);
}
