import fs from "node:fs";
import path from "node:path";
import { BACK_END_FAULTS, type BackEnd, type BackEndFault } from "../../subject.ts";
import { hostError } from "./errors.ts";
import { runHook } from "./hook.ts";

/** Shell commands that break what the driver stands on. */
export interface FaultCommands {
  faults: Readonly<Partial<Record<BackEndFault, string>>>;
  /** Ends all of them. */
  heal: string;
}

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
      await runHook(command, places);
    },
    heal: async () => void (await runHook(commands.heal, places)),
  };
}
