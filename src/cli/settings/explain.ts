import { alignLeft } from "../table.ts";
import type { ResolvedOptions } from "./options.ts";
import type { RunSettings } from "./resolve.ts";

/** One setting of a run, for people who ask why it is so. */
export interface ExplainedSetting {
  name: string;
  value: unknown;
  from: string;
}

/** Every setting with its value and where it comes from; options that are neither given nor have a default are left out. */
export function explain({ runtime, profile, seed, out, trials }: RunSettings): ExplainedSetting[] {
  const settings = Object.entries({ runtime, profile, seed, out }).map(([name, { value, from }]) => ({
    name,
    value,
    from,
  }));
  return [...settings, ...trials.flatMap(explainOptions)];
}

function explainOptions({ trial, complete, origins }: ResolvedOptions): ExplainedSetting[] {
  return Object.entries(complete)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({ name: `${trial.id}.${key}`, value, from: origins.get(key) ?? "default" }));
}

/** The same as a table. */
export function explanationText(settings: readonly ExplainedSetting[]): string {
  const rows = settings.map(({ name, value, from }) => [name, shown(value), from]);
  return alignLeft([["setting", "value", "from"], ...rows]);
}

const LONGEST = 60;

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
