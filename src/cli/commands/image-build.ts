import { EXIT, type ExitCode } from "../../core/errors.ts";
import { buildCommandImage } from "../../runtimes/docker/command-image.ts";
import type { CommandContext } from "../command-context.ts";
import { commandFiles } from "../composition.ts";
import type { ImageBuildFlags } from "../flags.ts";
import { listenForInterrupts } from "../interrupts.ts";
import { print, printJson, tell } from "../surroundings.ts";

/** `seatrial image build`. */
export function imageBuild(flags: ImageBuildFlags): (context: CommandContext) => Promise<ExitCode> {
  return async ({ surroundings, composition }) => {
    const tag = flags.tag ?? `seatrial:${composition.version}`;
    const interrupts = listenForInterrupts(surroundings);
    try {
      const id = await buildCommandImage(surroundings.env, { tag, ...commandFiles() }, interrupts.signal);
      if (flags.json) printJson(surroundings, { tag, id });
      else {
        print(surroundings, tag);
        tell(surroundings, `Try it: docker run --rm ${tag} --version`);
      }
      return EXIT.pass;
    } finally {
      interrupts.close();
    }
  };
}
