import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "../../fixtures/folders.ts";

const MAIN = path.resolve("dist/cli/main.js");

/** One line of the log of a loop that is a process. */
export type LoggedLine = Record<string, unknown> & { level: string; event: string };

/** A loop in a process of its own. */
export interface LoopProcess {
  /** Resolves with the nth line of that event; rejects when the process ends before. */
  heard(event: string, n?: number): Promise<LoggedLine>;
  signal(name: NodeJS.Signals): void;
  ended: Promise<{ exit: number | null; signal: NodeJS.Signals | null; lines: LoggedLine[]; stderr: string }>;
}

/** A place with a configuration; `given` goes over keys that make a small, quick loop. */
export function createLoopPlace(given: object = {}, dataDir?: string) {
  const folder = temporaryFolder();
  const place = { folder, dataDir: dataDir ?? path.join(folder, "data"), stateDir: path.join(folder, "trn") };
  for (const directory of [place.dataDir, place.stateDir]) fs.mkdirSync(directory, { recursive: true });
  const configFile = path.join(folder, "config.json");
  const base = {
    io_data_path: place.dataDir,
    io_transaction_log_dir: place.stateDir,
    io_file_size: "1Mi",
    io_patterns: ["0x0123456789abcdef", "0xfedcba9876543210"],
    iteration_sleep: 0.01,
  };
  const configure = (more: object) => fs.writeFileSync(configFile, JSON.stringify({ ...base, ...given, ...more }));
  configure({});
  const start = (words: string[] = [], env: NodeJS.ProcessEnv = {}) =>
    startLoop(["--config", configFile, ...words], { IO_CONFIG_PATH: configFile, ...env });
  return { ...place, dataFile: path.join(place.dataDir, "file1"), configFile, configure, start };
}

/** Ended with the test, whatever becomes of it. */
export function startLoop(words: readonly string[], env: NodeJS.ProcessEnv = {}): LoopProcess {
  const child = spawn(process.execPath, [MAIN, "integrity", "loop", ...words], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: LoggedLine[] = [];
  const listeners = new Set<() => void>();
  let rest = "";
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts.map((line) => JSON.parse(line) as LoggedLine));
    for (const listener of listeners) listener();
  });
  const ended: LoopProcess["ended"] = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exit, signal) => resolve({ exit, signal, lines, stderr }));
  });
  const heard = (event: string, n = 1) =>
    new Promise<LoggedLine>((resolve, reject) => {
      const look = () => {
        const line = lines.filter((one) => one.event === event)[n - 1];
        if (line) resolve(line);
      };
      listeners.add(look);
      look();
      void ended.then(() => reject(new Error(`it ended without ${event}: ${JSON.stringify(lines)} ${stderr}`)));
    });
  return { heard, signal: (name) => void child.kill(name), ended };
}
