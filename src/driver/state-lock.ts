import { type ChildProcessByStdio, spawn } from "node:child_process";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { messageOf, systemCode } from "../core/errors.ts";
import { driverError } from "./errors.ts";

/** A lock that is held until it is released or its holder ends, however that happens. */
export interface StateLock {
  release(): void;
  /** Resolves when it was lost, which only an interference from outside can bring about. */
  lost: Promise<void>;
}

const CONFLICT = 75;
/** A driver that was killed takes its lock along, but not in the same instant. */
const PATIENCE_MS = 2000;
const PAUSE_MS = 50;

/**
 * Locks a state directory with flock(2), held by a child that ends with its input and so with this process, killed or not.
 * @throws SeatrialError STATE_LOCKED, STATE_UNUSABLE, COMMAND_MISSING
 */
export async function lockState(directory: string, env: Readonly<Record<string, string>>): Promise<StateLock> {
  const file = path.join(directory, "lock");
  const patience = AbortSignal.timeout(PATIENCE_MS);
  for (;;) {
    const lock = await tryLock(file, env);
    if (lock) return lock;
    if (patience.aborted) throw driverError("STATE_LOCKED", `another process holds ${file}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Undefined where somebody else has it. */
function tryLock(file: string, env: Readonly<Record<string, string>>): Promise<StateLock | undefined> {
  const words = ["--exclusive", "--nonblock", "--conflict-exit-code", String(CONFLICT), file, "cat"];
  const child = spawn("flock", words, { env, cwd: "/", stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stdin.on("error", () => undefined);
  return new Promise((resolve, reject) => {
    child.once("error", (error) =>
      reject(
        systemCode(error) === "ENOENT"
          ? driverError("COMMAND_MISSING", "flock is in no directory of PATH", { cause: error })
          : driverError("STATE_UNUSABLE", `${file}: ${messageOf(error)}`, { cause: error }),
      ),
    );
    child.once("close", (exit) => {
      if (exit === CONFLICT) resolve(undefined);
      else reject(driverError("STATE_UNUSABLE", `${file} cannot be locked: ${said.trim()}`));
    });
    // What comes back comes from within the lock.
    child.stdout.once("data", () => resolve(held(child)));
    child.stdin.write("locked?\n");
  });
}

function held(child: ChildProcessByStdio<Writable, Readable, Readable>): StateLock {
  let isReleased = false;
  const lost = new Promise<void>((resolve) => {
    child.once("exit", () => {
      if (!isReleased) resolve();
    });
  });
  const release = () => {
    isReleased = true;
    child.stdin.end();
  };
  return { release, lost };
}
