import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { BACK_END_FAULTS, type BackEnd, type BackEndFault } from "../../subject.ts";
import { type CommandLine, fillPlaceholders, splitCommand } from "./command-line.ts";
import { hostError } from "./errors.ts";
import { within } from "./deadline.ts";
import { ENVIRONMENT } from "./keeper.ts";
import { OutputLog } from "./output-log.ts";

/** How the user breaks what the driver stands on. */
export interface FaultCommands {
  faults: Readonly<Partial<Record<BackEndFault, CommandLine>>>;
  /** Ends all of them. */
  heal: CommandLine;
}

const COMMAND_LIMIT_MS = 60_000;

/** A back end that obeys files in a directory: one named like the fault breaks it. */
export function backEndByFiles(control: string, faults: Iterable<BackEndFault>): BackEnd {
  return {
    faults: new Set(faults),
    break: (fault) => fs.promises.writeFile(path.join(control, fault), ""),
    heal: async () => {
      for (const fault of BACK_END_FAULTS) await fs.promises.rm(path.join(control, fault), { force: true });
    },
  };
}

/** A back end that the user's commands break and heal; `places` are what their placeholders stand for. */
export function backEndByCommands(commands: FaultCommands, places: Readonly<Record<string, string>>): BackEnd {
  const faults = BACK_END_FAULTS.filter((fault) => commands.faults[fault] !== undefined);
  return {
    faults: new Set(faults),
    break: async (fault) => {
      const command = commands.faults[fault];
      if (command === undefined) throw hostError("VOLUME_COMMAND_FAILED", `no command was given for ${fault}`);
      await runCommand(command, places);
    },
    heal: async () => void (await runCommand(commands.heal, places)),
  };
}

/** Runs one of the user's commands to its end, and gives what it printed. @throws SeatrialError VOLUME_COMMAND_FAILED */
export async function runCommand(
  command: CommandLine,
  places: Readonly<Record<string, string>> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const words = fillPlaceholders(splitCommand(command), places);
  const child = spawn(words[0] as string, words.slice(1), {
    env: { ...ENVIRONMENT, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log = new OutputLog();
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => log.add(text));
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    // Not "close": what it leaves running may keep its output open.
    child.once("exit", (code, by) => resolve(code === 0 ? "" : `ended with ${by ?? `status ${code}`}`));
  });
  const problem = await within(ended, COMMAND_LIMIT_MS, () => {
    child.kill("SIGKILL");
    return `not done after ${COMMAND_LIMIT_MS / 1000} s`;
  });
  if (problem === "") return log.text();
  throw hostError("VOLUME_COMMAND_FAILED", [`${words.join(" ")}: ${problem}`, log.lastWords()].join("\n").trim());
}
