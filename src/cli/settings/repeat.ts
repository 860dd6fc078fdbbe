import { nameOf } from "../trial-flags.ts";
import type { ResolvedOptions } from "./options.ts";
import type { RunSettings } from "./resolve.ts";

/**
 * The command that repeats a run, or just one trial of it, on the runtime that was chosen, if it has one. What did not come from a
 * flag is written out with `--set`, so that no file and no variable is needed.
 */
export function repeatCommand(settings: RunSettings, runtime: string | undefined, trials = settings.trials): string {
  const { profile, seed } = settings;
  const words = [
    "seatrial",
    "run",
    ...trials.map(({ trial }) => trial.id),
    ...(runtime === undefined ? [] : ["--runtime", runtime]),
    ...["--profile", profile.value, "--seed", seed.value],
    ...trials.flatMap((resolved) => optionWords(resolved, trials.length > 1)),
  ];
  return words.map(quoted).join(" ");
}

function optionWords({ trial, options, origins }: ResolvedOptions, several: boolean): string[] {
  return [...origins]
    .filter(([, from]) => !from.startsWith("profile "))
    .flatMap(([key, from]) => {
      const value = options[key];
      const flag = trial.flags.find((candidate) => nameOf(candidate) === from);
      const text = flag && plainText(value);
      // A flag may read its text in its own unit, so it is used only where it gives the very same value.
      if (flag && text !== undefined && !several && sameValue(flag.apply(text, {})[key], value)) return [from, text];
      return ["--set", `${several ? `${trial.id}.` : ""}${key}=${JSON.stringify(value)}`];
    });
}

function plainText(value: unknown): string | undefined {
  if (!Array.isArray(value)) return isPlain(value) ? String(value) : undefined;
  if (value.length === 0) return "none";
  return value.every(isPlain) ? value.join(",") : undefined;
}

const isPlain = (value: unknown): boolean => typeof value === "string" || typeof value === "number";

function sameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A word as a POSIX shell reads it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
