import { spawn } from "node:child_process";
import path from "node:path";
import { temporaryFolder } from "../fixtures/folders.ts";

const MAIN = path.resolve("dist/cli/main.js");

/** The quickest run that measures something: a few samples of one operation in one container. */
export const TINY = [
  ...["run", "visibility", "--runtime", "embedded", "--environments", "1", "--operations", "create"],
  ...["--directions", "host-to-container", "--states", "never", "--observers", "stat", "--scenarios", "none"],
  ...["--samples", "3", "--seed", "7"],
];

/** How a command ended. */
export interface Ended {
  exit: number | null;
  stdout: string;
  stderr: string;
}

/** A started command. */
export interface Running {
  pid: number;
  /** Resolves when standard error has matched; rejects when the command ends before. */
  says(pattern: RegExp): Promise<void>;
  signal(name: NodeJS.Signals): void;
  ended: Promise<Ended>;
}

/** A folder of this test alone, in which commands run as a user would run them. */
export function createUser() {
  const folder = temporaryFolder();
  const start = (words: readonly string[], env: NodeJS.ProcessEnv = {}): Running => {
    const child = spawn(process.execPath, [MAIN, ...words], {
      cwd: folder,
      env: { PATH: process.env["PATH"], HOME: folder, SEATRIAL_STATE_DIR: path.join(folder, "state"), ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // A session of its own: whatever it starts can be told from everything else.
      detached: true,
    });
    const text = { stdout: "", stderr: "" };
    const listeners = new Set<() => void>();
    for (const name of ["stdout", "stderr"] as const)
      child[name].setEncoding("utf8").on("data", (chunk: string) => {
        text[name] += chunk;
        for (const listener of listeners) listener();
      });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exit) => resolve({ exit, ...text }));
    });
    const says = (pattern: RegExp) =>
      new Promise<void>((resolve, reject) => {
        const look = () => pattern.test(text.stderr) && resolve();
        listeners.add(look);
        look();
        void ended.then(() => reject(new Error(`it ended without saying ${pattern}:\n${text.stderr}`)));
      });
    return { pid: child.pid ?? -1, says, signal: (name) => void child.kill(name), ended };
  };
  const run = (...words: string[]) => start(words).ended;
  return { folder, start, run };
}
