import { EXIT, type ExitCode } from "../../core/errors.ts";
import { parseDials } from "../../trials/visibility/subjects/share/dials.ts";
import { startShare } from "../../trials/visibility/subjects/share/start.ts";
import type { CommandContext } from "../command-context.ts";
import type { SubjectFlags } from "../flags.ts";
import { listenForInterrupts } from "../interrupts.ts";
import { tell } from "../surroundings.ts";

/** `seatrial subject share`: for developers who want something that is bad in a known way. */
export function share(
  source: string,
  mountpoint: string,
  { dials }: SubjectFlags,
): (context: CommandContext) => Promise<ExitCode> {
  return async ({ surroundings }) => {
    const interrupts = listenForInterrupts(surroundings);
    const serving = await startShare({ source, mountpoint, dials: parseDials(dials), signal: interrupts.signal });
    tell(surroundings, `${source} is served at ${mountpoint}; interrupt to unmount.`);
    await new Promise<void>((resolve) => {
      const alive = setInterval(() => {}, 60_000);
      interrupts.signal.addEventListener("abort", () => {
        clearInterval(alive);
        resolve();
      });
    });
    await serving.stop();
    return EXIT.pass;
  };
}
