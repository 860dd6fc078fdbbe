import type { z } from "zod";
import { didYouMean, nearest } from "../nearest.ts";

/** What a message needs to know of the place of an issue. */
export interface IssueSurroundings {
  /** Who said the value at a path: a flag, a variable, a line of a file. */
  locate(path: readonly PropertyKey[]): string;
  /** The keys that are allowed at a path. */
  keysAt(path: readonly PropertyKey[]): readonly string[];
}

/** One issue for people: where, what was given, and the limit or the nearest word. One line for each unknown key. */
export function issueText(issue: z.core.$ZodIssue, given: unknown, { locate, keysAt }: IssueSurroundings): string[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map(
      (key) => `${locate([...issue.path, key])}: unknown key "${key}"${hint(key, keysAt(issue.path))}`,
    );
  const name = issue.path.map(String).join(".");
  return [`${locate(issue.path)}: ${name} is ${shown(valueAt(given, issue.path))}; ${complaint(issue, given)}`];
}

function hint(key: string, keys: readonly string[]): string {
  if (nearest(key, keys) !== undefined) return didYouMean(key, keys);
  return keys.length > 0 ? ` (there are ${keys.join(", ")})` : "";
}

function complaint(issue: z.core.$ZodIssue, given: unknown): string {
  const what = "origin" in issue && issue.origin === "array" ? " entries" : "";
  if (issue.code === "too_small")
    return `it must be ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}${what}`;
  if (issue.code === "too_big")
    return `it must be ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}${what}`;
  if (issue.code === "invalid_value") {
    const values = issue.values.map(String);
    return `it must be one of ${values.join(", ")}${didYouMean(String(valueAt(given, issue.path)), values)}`;
  }
  return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    given,
  );
}

function shown(value: unknown): string {
  if (value === undefined) return "missing";
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}
