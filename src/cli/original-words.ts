import { type Profile, PROFILES } from "../core/trial.ts";
import { cliError } from "./errors.ts";

/**
 * The command line with words of the original mount tester in our own. Its presets (`quick`, `standard`, `thorough`)
 * are runs of that profile; what has become a command of its own is refused with that command's name.
 * @throws OLD_WORD, USAGE
 */
export function modernWords(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  if (first === undefined) return argv;
  if (isProfile(first)) return ["run", "--profile", first, ...rest];
  if (first === "analyze" || first === "--analyze" || first.startsWith("--analyze="))
    throw cliError(
      "OLD_WORD",
      `${first}: \`seatrial import FILE\` reads a report of the original tool, \`seatrial report RUN\` shows a run of this one`,
    );
  if (first === "--test-connection")
    throw cliError(
      "OLD_WORD",
      `${first}: \`seatrial doctor\` says which runtimes answer, and what to do where none does`,
    );
  if (first.startsWith("-") && !["-h", "--help", "-V", "--version"].includes(first))
    throw cliError("USAGE", `${first} stands before a command`, {
      remedy: `Flags of a run come after it: \`seatrial run ${argv.join(" ")}\`.`,
    });
  return argv;
}

/** Whether a word is the name of a profile. */
export function isProfile(word: string): word is Profile {
  return PROFILES.some((profile) => profile === word);
}
