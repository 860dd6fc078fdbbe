import { z } from "zod";
import { diskRule, occurrence } from "../core/disk.ts";
import { defineFault, type Fault } from "../core/fault.ts";
import { diskFields } from "./disk-spec.ts";

type WithoutOccurrence<Rule> = Rule extends unknown ? Omit<Rule, keyof typeof occurrence> : never;

/** What a disk does to a request, without saying to which and how often. */
export type Misbehaviour = WithoutOccurrence<z.input<typeof diskRule>>;

/** What the specifications of all faults have in common that are rules of a disk. */
export interface RuleSpec {
  disk: string;
  prefix?: string | undefined;
  every: number;
  times?: number | undefined;
}

/** What tells one fault that is a rule of a disk from another. */
export interface RuleFault<Spec extends RuleSpec> {
  kind: string;
  spec: z.ZodType<Spec>;
  /** The beginning of a sentence that goes on with the disk: `drop writes to`. */
  does(spec: Spec): string;
  rule(spec: Spec): Misbehaviour;
}

/** The schema of a fault on writes or reads, with more fields of its own. */
export function pageRuleSpec<const Fields extends z.ZodRawShape>(fields: Fields) {
  return z.strictObject({ ...diskFields, ...occurrence, ...fields });
}

/** The schema of a fault on flushes. They have no bytes, so there is no choosing by these. */
export const flushRuleSpec = z.strictObject({ ...diskFields, every: occurrence.every, times: occurrence.times });

/** A fault that is in force until healed, beside others on the same disk. Its healing tells the pages that were hit. */
export function defineRuleFault<Spec extends RuleSpec>({ kind, spec, does, rule }: RuleFault<Spec>): Fault {
  return defineFault({
    kind,
    spec,
    needs: ["disk"],
    describe: (given) => `${does(given)} disk "${given.disk}"${occurrenceWords(given)}`,
    inject: async (given, environment, signal) => {
      signal.throwIfAborted();
      const { disk, prefix, every, times } = given;
      const inForce = diskRule.parse({ ...rule(given), prefix, every, times });
      const remove = await environment.controls.disk.addRules(disk, [inForce]);
      return async () => ({ hits: await remove() });
    },
  });
}

function occurrenceWords({ prefix, every, times }: RuleSpec): string {
  const words = [
    every === 1 ? "" : `one in ${every}`,
    times === undefined ? "" : `at most ${times}`,
    prefix === undefined ? "" : `where pages begin with ${prefix}`,
  ];
  return words
    .filter(Boolean)
    .map((word) => `, ${word}`)
    .join("");
}
