import fs from "node:fs";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { messageOf } from "../../core/errors.ts";
import { PROFILES, type Trial } from "../../core/trial.ts";
import { cliError } from "../errors.ts";
import { knownKeys } from "./known-keys.ts";
import { issueText } from "./option-issues.ts";
import { placesIn } from "./yaml-places.ts";

/** What a plan file says, with the place of each of its values for messages. */
export interface PlanFile {
  file: string;
  runtime?: string;
  profile?: (typeof PROFILES)[number];
  seed?: string;
  out?: string;
  /** Options by trial, in the order of the file; undefined where it names no trials. */
  trials?: Map<string, Record<string, unknown>>;
  /** `plan.yaml:3:5` of a key or of its nearest ancestor in the file. */
  locate(path: readonly PropertyKey[]): string;
}

/** Reads a plan file; a trial's options are checked later, with those from elsewhere. @throws PLAN_FILE_UNREADABLE, PLAN_FILE_INVALID */
export function readPlanFile(file: string, trials: readonly Trial[]): PlanFile {
  const lines = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter: lines, prettyErrors: false });
  const places = placesIn(file, document, lines);
  const broken = document.errors.map(({ message, pos }) => `${places.ofOffset(pos[0])}: ${message}`);
  if (broken.length > 0) throw cliError("PLAN_FILE_INVALID", broken.join("\n"));
  const locate = places.ofPath;
  const schema = planFileSchema(trials);
  const parsed = schema.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    const keysAt = (path: readonly PropertyKey[]) => knownKeys(schema, path);
    const issues = parsed.error.issues.flatMap((issue) => issueText(issue, document.toJS(), { locate, keysAt }));
    throw cliError("PLAN_FILE_INVALID", issues.join("\n"));
  }
  const { trials: options, $schema: _, ...settings } = parsed.data;
  const given = Object.entries(options ?? {}).map(([id, value]) => [id, value ?? {}] as const);
  const known = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  return { ...known, ...(options ? { trials: new Map(given) } : {}), file, locate };
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    throw cliError("PLAN_FILE_UNREADABLE", messageOf(error), { cause: error });
  }
}

/** What a plan file may hold beside the trials' own options. */
export function planFileSchema(trials: readonly Trial[]) {
  const options = z.record(z.string(), z.unknown()).nullish();
  return z.strictObject({
    $schema: z.string().optional().describe("where this schema is, for editors"),
    runtime: z.string().optional().describe("docker, embedded or auto"),
    profile: z.enum(PROFILES).optional().describe("how much to ask of the machine's time"),
    seed: z.coerce.string().optional().describe("repeats the plan of another run"),
    out: z.string().min(1).optional().describe("folder of all runs"),
    trials: z
      .strictObject(Object.fromEntries(trials.map(({ id }) => [id, options])))
      .optional()
      .describe("the trials to run, with their options"),
  });
}
