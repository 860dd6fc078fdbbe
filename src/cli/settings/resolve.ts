import { randomBytes } from "node:crypto";
import { type Profile, PROFILES, type Trial } from "../../core/trial.ts";
import type { Composition } from "../composition.ts";
import { cliError } from "../errors.ts";
import type { OutFlag, RunFlags } from "../flags.ts";
import { didYouMean } from "../nearest.ts";
import { isProfile } from "../original-words.ts";
import type { Surroundings } from "../surroundings.ts";
import { givenTexts, offeredFlags } from "../trial-flags.ts";
import { type ResolvedOptions, resolveOptions } from "./options.ts";
import { type PlanFile, readPlanFile } from "./plan-file.ts";

/** A value and who said it. */
export interface Setting<Value = string> {
  value: Value;
  from: string;
}

/** All that decides what a run does. */
export interface RunSettings {
  /** A runtime's id, or `auto`. */
  runtime: Setting;
  profile: Setting<Profile>;
  seed: Setting;
  out: Setting;
  trials: ResolvedOptions[];
}

/** What the settings are read from. */
export interface SettingSources {
  /** The words behind `run`: trials, and as in the original tool perhaps a profile. */
  words: readonly string[];
  flags: RunFlags;
  env: Surroundings["env"];
  composition: Pick<Composition, "trials" | "runtimes">;
}

/** Puts the settings of a run together: flag > environment > file > profile > default. @throws errors of usage only */
export function resolveRun({ words, flags, env, composition }: SettingSources): RunSettings {
  const file = flags.plan === undefined ? undefined : readPlanFile(flags.plan, composition.trials);
  const preset = words.find(isProfile);
  const profile = preset === undefined ? chooseProfile(flags, env, file) : { value: preset, from: preset };
  const chosen = chooseTrials(
    words.filter((word) => !isProfile(word)),
    file,
    composition.trials,
  );
  const texts = givenTexts(offeredFlags(composition.trials), { ...flags });
  refuseStrangers(texts, chosen);
  const sources = { profile: profile.value, file, env, flags: texts, set: flags.set ?? [], chosen };
  return {
    runtime: chooseRuntimeName(
      flags,
      env,
      file,
      composition.runtimes.map(({ id }) => id),
    ),
    profile,
    seed: first("seed", flags.seed, env, file) ?? { value: randomBytes(4).toString("hex"), from: "drawn for this run" },
    out: outSetting(flags, env, file),
    trials: chosen.map((trial) => resolveOptions(trial, sources)),
  };
}

/** The folder of all runs. */
export function outSetting({ out }: OutFlag, env: Surroundings["env"], file?: PlanFile): Setting {
  return first("out", out, env, file) ?? { value: "runs", from: "default" };
}

type Name = "runtime" | "profile" | "seed" | "out";

function first(name: Name, flag: string | undefined, env: Surroundings["env"], file?: PlanFile): Setting | undefined {
  const variable = `SEATRIAL_${name.toUpperCase()}`;
  if (flag !== undefined) return { value: flag, from: `--${name}` };
  if (env[variable]) return { value: env[variable], from: variable };
  const inFile = file?.[name];
  return file && inFile !== undefined ? { value: inFile, from: file.locate([name]) } : undefined;
}

function chooseProfile(flags: RunFlags, env: Surroundings["env"], file?: PlanFile): Setting<Profile> {
  const { value, from } = first("profile", flags.profile, env, file) ?? { value: "quick", from: "default" };
  if (isProfile(value)) return { value, from };
  throw cliError(
    "SETTING_INVALID",
    `${from}: profile is "${value}"; it must be one of ${PROFILES.join(", ")}${didYouMean(value, PROFILES)}`,
  );
}

function chooseRuntimeName(
  flags: RunFlags,
  env: Surroundings["env"],
  file: PlanFile | undefined,
  ids: readonly string[],
): Setting {
  const chosen = first("runtime", flags.runtime, env, file) ?? { value: "auto", from: "default" };
  const known = ["auto", ...ids];
  if (known.includes(chosen.value)) return chosen;
  throw cliError(
    "RUNTIME_UNKNOWN",
    `${chosen.from}: there is no runtime "${chosen.value}"${didYouMean(chosen.value, known)}; there are ${ids.join(", ")}`,
  );
}

function chooseTrials(names: readonly string[], file: PlanFile | undefined, trials: readonly Trial[]): Trial[] {
  const wanted = names.length > 0 ? names : [...(file?.trials?.keys() ?? trials.map(({ id }) => id))];
  const ids = trials.map(({ id }) => id);
  return wanted.map((name) => {
    const trial = trials.find(({ id }) => id === name);
    if (trial) return trial;
    throw cliError("TRIAL_UNKNOWN", `"${name}"${didYouMean(name, ids)}; there are ${ids.join(", ")}`);
  });
}

/** A flag that only trials know which do not run would be lost without a word. */
function refuseStrangers(texts: ReadonlyMap<string, unknown>, chosen: readonly Trial[]): void {
  const known = offeredFlags(chosen).map(({ name }) => name);
  const strange = [...texts.keys()].find((name) => !known.includes(name));
  if (strange === undefined) return;
  const ids = chosen.map(({ id }) => id).join(", ");
  throw cliError("FLAG_OF_NO_TRIAL", `${strange} is not known to ${ids}${didYouMean(strange, known)}`);
}
