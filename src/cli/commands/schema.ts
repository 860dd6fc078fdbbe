import { EXIT, type ExitCode } from "../../core/errors.ts";
import { reportJsonSchema } from "../../core/report-schema.ts";
import { manifestJsonSchema } from "../../store/manifest.ts";
import type { CommandContext } from "../command-context.ts";
import { cliError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { loopJsonSchema, optionsJsonSchema, planJsonSchema } from "../settings/json-schema.ts";
import { printJson } from "../surroundings.ts";

/** `seatrial schema`. */
export function schema(name = "report"): (context: CommandContext) => Promise<ExitCode> {
  return async ({ surroundings, composition: { trials } }) => {
    const schemas: Record<string, () => object> = {
      report: reportJsonSchema,
      plan: () => planJsonSchema(trials),
      manifest: manifestJsonSchema,
      "integrity-loop": loopJsonSchema,
      ...Object.fromEntries(trials.map((trial) => [trial.id, () => optionsJsonSchema(trial)])),
    };
    const names = Object.keys(schemas);
    const make = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
    if (!make)
      throw cliError("USAGE", `there is no schema "${name}"${didYouMean(name, names)}; there are ${names.join(", ")}`);
    printJson(surroundings, make());
    return EXIT.pass;
  };
}
