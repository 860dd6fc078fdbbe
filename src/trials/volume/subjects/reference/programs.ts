import { spawn } from "node:child_process";

/** How a program ended. */
export interface Ended {
  /** Undefined when a signal ended it. */
  exitCode: number | undefined;
  /** What it said on standard error. */
  complaint: string;
}

/** Runs a program with its arguments as they are: no shell ever sees a volume's name. @throws Error when there is none */
export function run(program: string, arguments_: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, arguments_, { stdio: ["ignore", "ignore", "pipe"], env: { PATH, LC_ALL: "C" } });
    const said: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    child.on("error", reject);
    child.on("close", (exitCode) =>
      resolve({ exitCode: exitCode ?? undefined, complaint: Buffer.concat(said).toString().trim() }),
    );
  });
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
