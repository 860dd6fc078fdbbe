import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { FioEnded } from "./outcome.ts";

/** Every bad block is three lines on standard error: enough of them is enough. */
const MOST_CHARACTERS = 4_000_000;

/**
 * Runs one command to its end in a directory of its own, where fio may leave what it likes; a signal that aborts kills the
 * child with SIGKILL, and the promise waits until it is gone, so that none goes on writing. @throws with the code ENOENT when
 * there is no such program, and the signal's reason when it aborts.
 */
export async function runFio(
  program: string,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<Omit<FioEnded, "fileBytes">> {
  signal.throwIfAborted();
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-fio-"));
  try {
    const ended = await runChild(program, argv, cwd, signal);
    signal.throwIfAborted();
    return ended;
  } finally {
    fs.rmSync(cwd, { recursive: true, force: true });
  }
}

function runChild(program: string, argv: readonly string[], cwd: string, signal: AbortSignal) {
  return new Promise<Omit<FioEnded, "fileBytes">>((resolve, reject) => {
    const child = spawn(program, argv, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    const kill = () => void child.kill("SIGKILL");
    signal.addEventListener("abort", kill);
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.once("error", (error) => {
      signal.removeEventListener("abort", kill);
      reject(error);
    });
    child.once("close", (status, endedBy) => {
      signal.removeEventListener("abort", kill);
      resolve({ exitStatus: status ?? 128 + signalNumber(endedBy), stdout: stdout(), stderr: stderr() });
    });
  });
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (part: string) => {
    if (text.length < MOST_CHARACTERS) text += part;
  });
  return () => text;
}

function signalNumber(name: NodeJS.Signals | null): number {
  return name === null ? 0 : os.constants.signals[name];
}
