import { spawn } from "node:child_process";
import { within } from "./deadline.ts";
import { hostError } from "./errors.ts";
import { ENVIRONMENT } from "./keeper.ts";
import { OutputLog } from "./output-log.ts";

const LIMIT_MS = 60_000;

/**
 * Runs a shell command of the user's on this machine to its end, and gives what it printed. `{control}` in it stands for
 * `places.control`, quoted where that needs it.
 * @throws SeatrialError VOLUME_COMMAND_FAILED
 */
export async function runHook(command: string, places: Readonly<Record<string, string>> = {}): Promise<string> {
  const filled = command.replaceAll(/\{(\w+)\}/g, (whole, name: string) => quoted(places[name]) ?? whole);
  const child = spawn("sh", ["-c", filled], { env: ENVIRONMENT, cwd: "/", stdio: ["ignore", "pipe", "pipe"] });
  const log = new OutputLog();
  const hear = (text: string) => log.add(text);
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", hear);
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    // Not "close": a driver that it has started may keep its output open.
    child.once("exit", (code, by) => resolve(code === 0 ? "" : `ended with ${by ?? `status ${code}`}`));
  });
  const problem = await within(ended, LIMIT_MS, () => {
    child.kill("SIGKILL");
    return `not done after ${LIMIT_MS / 1000} s`;
  });
  if (problem === "") return log.text();
  throw hostError("VOLUME_COMMAND_FAILED", [`${filled}: ${problem}`, log.lastWords()].join("\n").trim());
}

function quoted(text: string | undefined): string | undefined {
  return text === undefined || /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
