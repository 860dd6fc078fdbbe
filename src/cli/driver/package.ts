import path from "node:path";
import { EXIT, type ExitCode } from "../../core/errors.ts";
import { findPrograms } from "../../runtimes/programs.ts";
import { commandFiles, packageVersion } from "../composition.ts";
import { cliError } from "../errors.ts";
import { listenForInterrupts } from "../interrupts.ts";
import { print, type Surroundings, tell } from "../surroundings.ts";
import type { DriverPackageFlags } from "./flags.ts";
import { PLUGIN_BACK_ENDS, type PluginBackEnd, pluginConfig } from "./package/plugin-config.ts";
import { pluginFiles } from "./package/plugin-files.ts";
import { writePlugin } from "./package/write-plugin.ts";

/** `seatrial driver package`. */
export function driverPackage(flags: DriverPackageFlags): (surroundings: Surroundings) => Promise<ExitCode> {
  return async (surroundings) => {
    const backEnd = backEndOf(flags);
    const directory = path.resolve(flags.out);
    const interrupts = listenForInterrupts(surroundings);
    try {
      const find = (name: string) => findPrograms(name, surroundings.env["PATH"]);
      const parts = { backEnd, command: commandFiles(), find };
      const files = await pluginFiles(parts, interrupts.signal);
      await writePlugin(directory, pluginConfig(backEnd, packageVersion()), files);
      print(surroundings, directory);
      tell(surroundings, `Next: docker plugin create NAME ${directory} && docker plugin enable NAME`);
      return EXIT.pass;
    } finally {
      interrupts.close();
    }
  };
}

function backEndOf({ backend = "directory" }: DriverPackageFlags): PluginBackEnd {
  const found = PLUGIN_BACK_ENDS.find((name) => name === backend);
  if (found === undefined)
    throw cliError("SETTING_INVALID", `--backend ${backend}: want ${PLUGIN_BACK_ENDS.join(" or ")}`);
  return found;
}
