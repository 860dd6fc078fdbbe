import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";

const MAIN = path.resolve("dist/cli/main.js");

/** Once per test run, before any of its files: compiles the sources where they are newer than what was built of them. */
export default function setup(): void {
  const newestMs = Math.max(...typescriptIn("src").map((file) => statSync(file).mtimeMs));
  if ((statSync(MAIN, { throwIfNoEntry: false })?.mtimeMs ?? 0) < newestMs)
    execFileSync("npx", ["tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });
}

function typescriptIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => path.join(folder, file));
}
