import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

/** One file of the project, real or made up by a test. `path` is relative to the project and uses slashes. */
export interface SourceFile {
  path: string;
  text: string;
}

/** A file with its syntax tree, so that all rules share one parse. */
export interface ParsedFile extends SourceFile {
  tree: ts.SourceFile;
}

/** One place that breaks a rule. */
export interface Violation {
  path: string;
  line: number;
  message: string;
}

/** A rule of the house: looks at one file, names each place that breaks it. */
export type Rule = (file: ParsedFile) => Violation[];

const IGNORED = new Set(["node_modules", "dist", "runs", ".git", ".lab", "package-lock.json"]);

/** All text files of the project that people write. */
export function readTree(root: string, extensions: readonly string[]): SourceFile[] {
  return [...walk(root)]
    .filter((path) => extensions.some((extension) => path.endsWith(extension)))
    .map((path) => ({ path: relative(root, path), text: readFileSync(path, "utf8") }));
}

function* walk(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (IGNORED.has(entry.name)) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

/** The file with its syntax tree, parents set; empty for what is no code. */
export function parse({ path, text }: SourceFile): ParsedFile {
  const code = path.endsWith(".ts") ? text : "";
  return { path, text, tree: ts.createSourceFile(path, code, ts.ScriptTarget.Latest, true) };
}

/** Every node below `root`, itself included. */
export function nodesOf(root: ts.Node): ts.Node[] {
  const nodes = [root];
  for (let i = 0; i < nodes.length; i++) ts.forEachChild(nodes[i] as ts.Node, (child) => void nodes.push(child));
  return nodes;
}

/** One-based line of a place in a tree. */
export function lineAt(tree: ts.SourceFile, position: number): number {
  return tree.getLineAndCharacterOfPosition(position).line + 1;
}

/** Lines whose text matches `pattern`, as violations of `message`. */
export function linesMatching(file: SourceFile, pattern: RegExp, message: string): Violation[] {
  return file.text
    .split("\n")
    .flatMap((text, index) => (pattern.test(text) ? [{ path: file.path, line: index + 1, message }] : []));
}

/** Whether the file is a test or stands under `test/`. */
export function isTest(path: string): boolean {
  return path.endsWith(".test.ts") || path.startsWith("test/");
}
