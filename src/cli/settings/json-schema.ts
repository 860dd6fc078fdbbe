import { z } from "zod";
import type { Trial } from "../../core/trial.ts";
import { loopConfigFile } from "../../trials/integrity/loop/config.ts";
import { planFileSchema } from "./plan-file.ts";

type Node = z.core.JSONSchema.BaseSchema;

/** What a plan file may hold, for editors and other tools (JSON Schema, draft 2020-12). */
export function planJsonSchema(trials: readonly Trial[]): object {
  const schema = toJsonSchema(planFileSchema(trials)) as Node;
  const trialNode = schema.properties?.["trials"] as Node;
  for (const trial of trials) {
    const { $schema: _, ...options } = optionsJsonSchema(trial) as Node;
    trialNode.properties = { ...trialNode.properties, [trial.id]: { anyOf: [options, { type: "null" }] } };
  }
  return { ...schema, title: "Seatrial plan", description: "What `seatrial run --plan FILE` reads." };
}

/** The options of one trial. */
export function optionsJsonSchema(trial: Trial): object {
  return { ...toJsonSchema(trial.options), title: `Options of the trial ${trial.id}`, description: trial.question };
}

/** The configuration of the stand-alone integrity loop. */
export function loopJsonSchema(): object {
  const title = "Seatrial integrity loop";
  return { ...toJsonSchema(loopConfigFile), title, description: "What `seatrial integrity loop --config FILE` reads." };
}

/** What a file may say, not what comes out of it: an option with a default may be left out. */
function toJsonSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema.def.defaultValue;
      // Not a format that JSON Schema knows; the pattern beside it says the same.
      if (jsonSchema.format === "starts_with") delete jsonSchema.format;
      if (isPreprocessed(zodSchema) && jsonSchema.type === "number")
        Object.assign(jsonSchema, { type: ["number", "string"], pattern: QUANTITY });
    },
  });
}

/** A number that is preprocessed may also be written as a text with a unit. */
const QUANTITY = String.raw`^\s*\d+(\.\d+)?\s*[A-Za-zµ]+\s*$`;

function isPreprocessed(schema: z.core.$ZodType): boolean {
  return schema instanceof z.ZodPipe && schema.def.in instanceof z.ZodTransform;
}
