import { posix } from "node:path";
import { importsOf } from "./imports.ts";
import { isTest, type ParsedFile } from "./source.ts";

/** Files that import each other in a ring, each ring told once: `a.ts -> b.ts -> a.ts`. Imports of types count. */
export function importCircles(files: readonly ParsedFile[]): string[] {
  const code = files.filter(({ path }) => path.startsWith("src/") && !isTest(path));
  const imports = new Map(code.map((file) => [file.path, targetsOf(file)]));
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const since = trail.indexOf(path);
    if (since >= 0) circles.push([...trail.slice(since), path].join(" -> "));
    if (since >= 0 || done.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return circles;
}

function targetsOf(file: ParsedFile): string[] {
  return importsOf(file)
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ specifier }) => posix.join(posix.dirname(file.path), specifier));
}
