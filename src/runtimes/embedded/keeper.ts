import { type ChildProcess, spawn } from "node:child_process";
import { fail } from "./errors.ts";
import { READY } from "./script.ts";

/** The first process of a container. While it lives the container lives; with it ends everything inside. */
export interface Keeper {
  /** Its process id on this machine. */
  readonly pid: number;
  /** Resolves when it and every process of the container have ended. */
  readonly gone: Promise<void>;
  isGone(): boolean;
  /** SIGKILL; resolves when the container is gone. @throws EMBEDDED_STUCK */
  kill(): Promise<void>;
}

/** How long the kernel may take to end all processes of a container; only one that is stuck in a system call needs it. */
const KILL_LIMIT_MS = 10_000;

/**
 * Starts `argv` (unshare with the set-up script) and waits until the container stands. When the lab dies its end of the
 * keeper's input closes, the keeper ends, and the kernel removes processes, mounts and namespaces.
 * @throws EMBEDDED_SETUP_FAILED with the words of the command that failed; the signal's reason when aborted
 */
export async function startKeeper(
  container: string,
  argv: readonly string[],
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<Keeper> {
  signal.throwIfAborted();
  const child = spawn(argv[0] as string, argv.slice(1), { env, cwd: "/", stdio: ["pipe", "pipe", "pipe"] });
  const messages = collect(child);
  // "close" and not "exit": the script holds these pipes too, and may outlive unshare by a moment.
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const abort = () => child.kill("SIGKILL");
  signal.addEventListener("abort", abort, { once: true });
  try {
    const pid = await Promise.race([firstWord(child), gone]);
    signal.throwIfAborted();
    if (pid === undefined)
      throw fail(
        "EMBEDDED_SETUP_FAILED",
        `container "${container}": ${messages() || "the set-up ended without a word"}`,
      );
    return keeperOf(container, child, pid, gone);
  } catch (error) {
    child.kill("SIGKILL");
    child.stdin.destroy();
    await gone;
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function keeperOf(container: string, child: ChildProcess, pid: number, gone: Promise<void>): Keeper {
  let ended = false;
  child.once("close", () => {
    ended = true;
  });
  const kill = async () => {
    // Not once it has ended: the number may belong to another process by then.
    if (child.exitCode === null && child.signalCode === null) process.kill(pid, "SIGKILL");
    await within(
      gone,
      KILL_LIMIT_MS,
      `container "${container}" (process ${pid}) did not end within ${KILL_LIMIT_MS / 1000} s after SIGKILL`,
    );
  };
  return { pid, gone, isGone: () => ended, kill };
}

/** Resolves with the keeper's process id once the script has said that it is ready. */
function firstWord(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    let said = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const pid = new RegExp(`^${READY} (\\d+)\n`, "m").exec(said)?.[1];
      if (pid) resolve(Number(pid));
    });
  });
}

function collect(child: ChildProcess): () => string {
  let text = "";
  const add = (more: string) => {
    text = (text + more).slice(-4000);
  };
  child.stderr?.setEncoding("utf8").on("data", add);
  child.stdin?.on("error", () => {});
  child.once("error", (error) => add(error.message));
  return () => text.trim();
}

/** @throws EMBEDDED_STUCK with `what` when `work` takes longer than `limitMs`. */
export async function within(work: Promise<unknown>, limitMs: number, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(fail("EMBEDDED_STUCK", what)), limitMs);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
