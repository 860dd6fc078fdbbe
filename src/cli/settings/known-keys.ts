import { z } from "zod";

interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  anyOf?: SchemaNode[];
}

/** The keys that an object at `path` within what `schema` describes may have; none where it takes any or is no object. */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let node = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as SchemaNode | undefined;
  for (const key of path) node = typeof key === "number" ? node?.items : node?.properties?.[String(key)];
  return Object.keys(node?.properties ?? node?.anyOf?.find(({ properties }) => properties)?.properties ?? {});
}
