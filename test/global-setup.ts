import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { detectCapabilities } from "./capabilities.ts";

/** Scripts that run as processes of their own: the file, what it is bundled from, and by which npm script. */
const BUNDLES = [
  ["dist/agent/agent.cjs", "src/agent/main.ts", "build:agent"],
  ["dist/subjects/share.cjs", "src/trials/visibility/subjects/share/main.ts", "build:subjects"],
  ["dist/subjects/mirror.cjs", "src/trials/visibility/subjects/mirror/main.ts", "build:subjects"],
  ["dist/subjects/hands.cjs", "src/trials/volume/subjects/hands/main.ts", "build:subjects"],
  ["dist/subjects/reference-driver.cjs", "src/trials/volume/subjects/reference/main.ts", "build:subjects"],
  ["dist/disk/disk.cjs", "src/disk/main.ts", "build:disk"],
] as const;

/** Once per test run: bundles are as new as their sources, and the machine has been looked at. */
export default async function setup(project: TestProject): Promise<void> {
  buildStaleBundles();
  project.provide("capabilities", await detectCapabilities(process.env));
  project.provide("required", (process.env["SEATRIAL_REQUIRE"] ?? "").split(",").filter(Boolean));
}

function buildStaleBundles(): void {
  const newestSourceMs = Math.max(...sources().map(modifiedMs));
  for (const [output, entry, script] of BUNDLES) {
    if (modifiedMs(entry) === 0 || modifiedMs(output) > newestSourceMs) continue;
    execFileSync("npm", ["run", "--silent", script], { stdio: "inherit" });
  }
}

function sources(): string[] {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" });
  return files.filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts")).map((file) => join("src", file));
}

/** 0 for a file that does not exist, which makes it older than everything. */
function modifiedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
