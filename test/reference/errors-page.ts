import { readdirSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ErrorDefinition } from "../../src/core/errors.ts";

/** The errors that one folder of the house can answer with. */
export interface ErrorTable {
  /** Path of the folder below `src/`. */
  owner: string;
  errors: [code: string, definition: ErrorDefinition][];
}

/** Every table that any `errors.ts` exports, in the order of the folders. */
export async function collectErrorTables(): Promise<ErrorTable[]> {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) =>
    /(^|\/)errors\.ts$/.test(file),
  );
  const tables = files.sort().map(async (file) => {
    const module = (await import(pathToFileURL(resolve("src", file)).href)) as Record<string, unknown>;
    return { owner: relative("src", dirname(resolve("src", file))), errors: Object.values(module).flatMap(rowsOf) };
  });
  return (await Promise.all(tables)).filter(({ errors }) => errors.length > 0);
}

function rowsOf(exported: unknown): [string, ErrorDefinition][] {
  const rows = Object.entries((exported ?? {}) as Record<string, unknown>);
  return rows.filter((row): row is [string, ErrorDefinition] => isDefinition(row[1]));
}

function isDefinition(value: unknown): value is ErrorDefinition {
  return typeof value === "object" && value !== null && "remedy" in value && "title" in value && "exit" in value;
}

/** `docs/reference/errors.md`. */
export function renderErrorsPage(tables: readonly ErrorTable[]): string {
  const parts = tables.map(({ owner, errors }) => `## From \`${owner}\`\n\n${errors.map(renderError).join("\n")}`);
  return `${HEAD}\n${parts.join("\n")}`;
}

const HEAD = `# Errors

Every error that is meant for people has a code, says in its message what was wrong and why, and has a remedy. The exit
status is 2 where the command was asked for something that cannot be, and 3 where the lab or its surroundings are unfit;
see [exit codes](exit-codes.md).

This page is made from the tables in the code by \`npm run docs:reference\`; a test holds the two together.
`;

function renderError([code, { title, remedy, exit }]: [string, ErrorDefinition]): string {
  return `### ${code}\n\n${title}. Exit status ${exit}.\n\n${remedy}\n`;
}
