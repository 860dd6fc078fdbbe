import fs from "node:fs";
import { LineCounter, parseDocument } from "yaml";
import { messageOf } from "../../core/errors.ts";
import {
  DEFAULT_CONFIG_PATH,
  loopConfigFile,
  type ReadConfig,
  settingsOf,
} from "../../trials/integrity/loop/config.ts";
import { loopError } from "../../trials/integrity/loop/errors.ts";
import { knownKeys } from "../settings/known-keys.ts";
import { issueText } from "../settings/option-issues.ts";
import { placesIn } from "../settings/yaml-places.ts";
import type { Surroundings } from "../surroundings.ts";
import { withoutSlashComments } from "./slash-comments.ts";

/** Which file it is: the flag's, else the environment's, else where the original looked. */
export function configPathOf(flag: string | undefined, { env }: Pick<Surroundings, "env">): string {
  return flag ?? (env["IO_CONFIG_PATH"] || DEFAULT_CONFIG_PATH);
}

/**
 * Reads JSON, with `//` comments if need be, or YAML.
 * @throws INTEGRITY_LOOP_CONFIG, INTEGRITY_LOOP_CONFIG_UNREADABLE
 */
export function readLoopConfig(file: string, { env }: Pick<Surroundings, "env">): ReadConfig {
  const { text, hadComments } = withoutSlashComments(readText(file));
  const given = parsedText(file, text);
  const { settings, warnings } = settingsOf(given, { env, isDirectory });
  return { settings, warnings: hadComments ? ["// comments are no JSON", ...warnings] : warnings };
}

function parsedText(file: string, text: string) {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const places = placesIn(file, document, lines);
  const broken = document.errors.map(({ message, pos }) => `${places.ofOffset(pos[0])}: ${message}`);
  if (broken.length > 0) throw loopError("INTEGRITY_LOOP_CONFIG", broken.join("\n"));
  const given: unknown = document.toJS();
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw loopError("INTEGRITY_LOOP_CONFIG", `${file} holds no object with keys`);
  const parsed = loopConfigFile.safeParse(given);
  if (parsed.success) return parsed.data;
  const keysAt = (path: readonly PropertyKey[]) => knownKeys(loopConfigFile, path);
  const issues = parsed.error.issues.flatMap((issue) => issueText(issue, given, { locate: places.ofPath, keysAt }));
  throw loopError("INTEGRITY_LOOP_CONFIG", issues.join("\n"));
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    throw loopError("INTEGRITY_LOOP_CONFIG_UNREADABLE", messageOf(error), { cause: error });
  }
}

function isDirectory(directory: string): boolean {
  return fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
