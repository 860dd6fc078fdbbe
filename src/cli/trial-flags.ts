import { Option } from "commander";
import type { Trial, TrialFlag } from "../core/trial.ts";

/** A flag of one or several trials, as the command line offers it. */
export interface OfferedFlag {
  /** With its dashes: `--event-timeout`. */
  name: string;
  /** In commander's words, without the dots of a repeatable one. */
  flags: string;
  description: string;
  trials: string[];
}

/** `--samples` of `--samples <count>`. */
export function nameOf({ flags }: Pick<TrialFlag, "flags">): string {
  return flags.split(/[ ,]/)[0] ?? flags;
}

/** A flag that may be given several times, each text adding to the last. */
export function isRepeatable({ flags }: Pick<TrialFlag, "flags">): boolean {
  return flags.includes("...");
}

/** The environment's name for a flag: `SEATRIAL_EVENT_TIMEOUT`. */
export function variableOf(name: string): string {
  return `SEATRIAL_${name.replace(/^--/, "").replaceAll("-", "_").toUpperCase()}`;
}

/** The flags of all trials; where several have one of the same name, each takes it in its own way. */
export function offeredFlags(trials: readonly Trial[]): OfferedFlag[] {
  const offered = new Map<string, OfferedFlag>();
  for (const { id, flags } of trials) {
    for (const flag of flags) {
      const name = nameOf(flag);
      const known = offered.get(name);
      if (known) known.trials.push(id);
      else
        offered.set(name, { name, flags: flag.flags.replace("...", ""), description: flag.description, trials: [id] });
    }
  }
  return [...offered.values()];
}

/** Every text that is given is kept, in order: a variadic option would swallow the names of trials behind it. `true` stands for a flag without a value. */
export function asOption({ flags, description, trials }: OfferedFlag, all: number): Option {
  const whose = trials.length < all ? ` [${trials.join(", ")}]` : "";
  const option = new Option(flags, `${description}${whose}`);
  return option.argParser((text: string | undefined, before: string[] | undefined) => [
    ...(before ?? []),
    text ?? "true",
  ]);
}

/** The texts that were given for each flag, by its name. */
export function givenTexts(
  offered: readonly OfferedFlag[],
  options: Readonly<Record<string, unknown>>,
): Map<string, string[]> {
  const given = new Map<string, string[]>();
  for (const flag of offered) {
    const texts = options[new Option(flag.flags).attributeName()];
    if (Array.isArray(texts)) given.set(flag.name, texts as string[]);
  }
  return given;
}
