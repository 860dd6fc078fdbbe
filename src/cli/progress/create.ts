import type { Clock } from "../../core/clock.ts";
import type { Surroundings } from "../surroundings.ts";
import { createPlainProgress } from "./plain.ts";
import type { Progress } from "./progress.ts";

/** A live block in a terminal, plain lines anywhere else and in CI, next to nothing when quiet. */
export async function createProgress(
  surroundings: Surroundings,
  clock: Clock,
  { quiet, colour }: { quiet: boolean; colour: boolean },
): Promise<Progress> {
  const { stderr, env } = surroundings;
  if (quiet) return createQuietProgress(surroundings);
  if (stderr.width === 0 || env["CI"]) return createPlainProgress(stderr.stream, clock);
  const { createLiveProgress } = await import("./live.ts");
  return createLiveProgress(stderr, clock, colour);
}

/** Only what a person must know even when asked to be quiet. */
function createQuietProgress({ stderr }: Surroundings): Progress {
  const say = (line: string) => void stderr.stream.write(`${line}\n`);
  return {
    hear: (news) => {
      if (news.kind === "problem") say(`could not undo: ${news.what}: ${news.error}`);
    },
    say,
    close: () => {},
  };
}
