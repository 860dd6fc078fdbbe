import { parse } from "yaml";
import { messageOf, SeatrialError } from "../../core/errors.ts";
import type { Profile, Trial, TrialFlag } from "../../core/trial.ts";
import { engineError } from "../../engine/errors.ts";
import { cliError } from "../errors.ts";
import type { Surroundings } from "../surroundings.ts";
import { isRepeatable, nameOf, variableOf } from "../trial-flags.ts";
import { knownKeys } from "./known-keys.ts";
import { issueText } from "./option-issues.ts";
import type { PlanFile } from "./plan-file.ts";

/** The options of one trial, put together from everywhere. */
export interface ResolvedOptions {
  trial: Trial;
  /** In a plan file's words; the trial's schema has accepted them. */
  options: Record<string, unknown>;
  /** The same after defaults. */
  complete: Record<string, unknown>;
  /** Who said each option: a flag, a variable, a line of a file, a profile. What is not here is a default. */
  origins: ReadonlyMap<string, string>;
}

/** Where options come from, weakest first. */
export interface OptionSources {
  profile: Profile;
  file: PlanFile | undefined;
  env: Surroundings["env"];
  /** Texts by flag, `--samples`. */
  flags: ReadonlyMap<string, readonly string[]>;
  /** `key=value` texts of `--set`. */
  set: readonly string[];
  /** Every trial of the run. */
  chosen: readonly Trial[];
}

/** Puts the options of a trial together. @throws OPTIONS_INVALID, PLAN_FILE_INVALID, SETTING_INVALID, or what a flag throws */
export function resolveOptions(trial: Trial, sources: OptionSources): ResolvedOptions {
  const sourcesInOrder = [profileLayer, fileLayer, environmentLayer, flagLayer, setLayer];
  const options: Record<string, unknown> = {};
  const origins = new Map<string, string>();
  for (const { from, merge } of sourcesInOrder.flatMap((layersOf) => layersOf(trial, sources))) {
    const more = merge(options);
    for (const key of Object.keys(more)) origins.set(key, from(key));
    Object.assign(options, more);
  }
  return { trial, options, complete: checked(trial, options, origins, sources.file), origins };
}

/** Some options and who said them. */
interface Layer {
  from(key: string): string;
  merge(before: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

function profileLayer(trial: Trial, { profile }: OptionSources): Layer[] {
  return [{ from: () => `profile ${profile}`, merge: () => ({ ...trial.profiles[profile] }) }];
}

function fileLayer({ id }: Trial, { file }: OptionSources): Layer[] {
  const options = file?.trials?.get(id);
  return file && options ? [{ from: (key) => file.locate(["trials", id, key]), merge: () => options }] : [];
}

function environmentLayer({ flags }: Trial, { env }: OptionSources): Layer[] {
  return flags.flatMap((flag) => {
    const variable = variableOf(nameOf(flag));
    const text = env[variable];
    if (text === undefined || text === "") return [];
    const texts = isRepeatable(flag) ? text.split(/[\s,]+/).filter(Boolean) : [text];
    return texts.map((one) => textLayer(flag, one, variable));
  });
}

function flagLayer(trial: Trial, { flags }: OptionSources): Layer[] {
  return trial.flags.flatMap((flag) => {
    const texts = flags.get(nameOf(flag)) ?? [];
    return (isRepeatable(flag) ? texts : texts.slice(-1)).map((text) => textLayer(flag, text, nameOf(flag)));
  });
}

function textLayer(flag: TrialFlag, text: string, from: string): Layer {
  const merge: Layer["merge"] = (before) => {
    try {
      return flag.apply(text, before);
    } catch (error) {
      if (!(error instanceof SeatrialError) || from === nameOf(flag)) throw error;
      throw cliError("SETTING_INVALID", `${from}: ${error.message}`, { cause: error, remedy: error.remedy });
    }
  };
  return { from: () => from, merge };
}

/** `samples=5`, `visibility.samples=5`, `limits.create.p99=10ms`: one option, and where it is an object one key of it. */
function setLayer(trial: Trial, { set, chosen }: OptionSources): Layer[] {
  return set.flatMap((text) => {
    const { owner, option, key, value } = parseSetting(text, chosen);
    if (owner ? owner.id !== trial.id : !isMeant(trial, option, chosen)) return [];
    const merge: Layer["merge"] = (before) => ({
      [option]: key === undefined ? value : { ...(before[option] as object | undefined), [key]: value },
    });
    return [{ from: () => "--set", merge }];
  });
}

/** An option goes to the trials that know it; one that nobody knows goes to all, to be refused. */
function isMeant(trial: Trial, option: string, chosen: readonly Trial[]): boolean {
  const knows = ({ options }: Trial) => knownKeys(options, []).includes(option);
  return knows(trial) || !chosen.some(knows);
}

function parseSetting(text: string, chosen: readonly Trial[]) {
  const equals = text.indexOf("=");
  const words = text.slice(0, Math.max(equals, 0)).split(".");
  const owner = chosen.find(({ id }) => id === words[0]);
  const [option = "", ...rest] = owner ? words.slice(1) : words;
  if (option === "") throw cliError("SETTING_INVALID", `--set ${text}: want key=value, such as samples=50`);
  return {
    owner,
    option,
    key: rest.length > 0 ? rest.join(".") : undefined,
    value: parseValue(text.slice(equals + 1), text),
  };
}

function parseValue(valueText: string, text: string): unknown {
  try {
    return parse(valueText);
  } catch (error) {
    throw cliError("SETTING_INVALID", `--set ${text}: ${messageOf(error)}`, { cause: error });
  }
}

function checked(
  trial: Trial,
  options: Record<string, unknown>,
  origins: ReadonlyMap<string, string>,
  file: PlanFile | undefined,
): Record<string, unknown> {
  const parsed = trial.options.safeParse(options);
  if (parsed.success) return parsed.data as Record<string, unknown>;
  const isOfFile = ([key]: readonly PropertyKey[]) =>
    file !== undefined && (origins.get(String(key))?.startsWith(`${file.file}:`) ?? false);
  const locate = (path: readonly PropertyKey[]) =>
    file && isOfFile(path) ? file.locate(["trials", trial.id, ...path]) : (origins.get(String(path[0])) ?? trial.id);
  const keysAt = (path: readonly PropertyKey[]) => knownKeys(trial.options, path);
  const issues = parsed.error.issues.flatMap((issue) => issueText(issue, options, { locate, keysAt }));
  const inFile = parsed.error.issues.every((issue) =>
    isOfFile(issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0] ?? ""] : issue.path),
  );
  throw inFile ? cliError("PLAN_FILE_INVALID", issues.join("\n")) : engineError("OPTIONS_INVALID", issues.join("\n"));
}
