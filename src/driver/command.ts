import { type ChildProcess, spawn } from "node:child_process";
import { systemCode } from "../core/errors.ts";
import { driverError } from "./errors.ts";

/** How a program is run. */
export interface CommandLimits {
  /** All that it gets: `PATH` at least. */
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
  timeoutMs: number;
}

/** What a program that ended has said; texts are cut. */
export interface CommandResult {
  /** Undefined when a signal ended it. */
  exit: number | undefined;
  stdout: string;
  stderr: string;
}

const LAST_WORDS_MS = 100;
const LONGEST_ERROR_CHARACTERS = 16_384;
const LONGEST_OUTPUT_CHARACTERS = 64 * 2 ** 20;

/**
 * Runs a program with its arguments, never a shell. One that is late or no longer wanted is killed and given up: a
 * process that hangs in the kernel ends when the storage is back, and nobody can wait for that.
 * @throws SeatrialError COMMAND_LATE, COMMAND_MISSING; the signal's reason
 */
export function runCommand(words: readonly [string, ...string[]], limits: CommandLimits): Promise<CommandResult> {
  const [program, ...arguments_] = words;
  const { env, signal, timeoutMs } = limits;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const child = spawn(program, arguments_, { env, cwd: "/", stdio: ["ignore", "pipe", "pipe"] });
    const output = collect(child);
    const giveUp = (error: Error) => {
      settle();
      abandon(child);
      reject(error);
    };
    const late = setTimeout(
      () => giveUp(driverError("COMMAND_LATE", `${program} has not ended within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const abort = () => giveUp(signal.reason as Error);
    const settle = () => {
      clearTimeout(late);
      signal.removeEventListener("abort", abort);
    };
    signal.addEventListener("abort", abort, { once: true });
    child.once("error", (error) => giveUp(startError(program, error)));
    const end = (exit: number | null) => {
      settle();
      resolve({ exit: exit ?? undefined, ...output });
    };
    child.once("close", end);
    // A server that the program has left behind may hold its output open for ever.
    child.once("exit", (exit) => setTimeout(end, LAST_WORDS_MS, exit));
  });
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    if (output.stdout.length < LONGEST_OUTPUT_CHARACTERS) output.stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    if (output.stderr.length < LONGEST_ERROR_CHARACTERS) output.stderr += text;
  });
  return output;
}

/** Neither its end nor its output keeps this process waiting or alive. */
function abandon(child: ChildProcess): void {
  child.kill("SIGKILL");
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
}

function startError(program: string, error: Error): Error {
  if (systemCode(error) !== "ENOENT") return error;
  return driverError("COMMAND_MISSING", `${program} is in no directory of PATH`, { cause: error });
}
