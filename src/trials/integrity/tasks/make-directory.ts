import fs from "node:fs";
import path from "node:path";
import { syncDirectory } from "../sync-directory.ts";

/** Makes the run's directory, or finds it, so that a power cut does not take its name away. */
export function makeDirectory({ directory }: { directory: string }): void {
  fs.mkdirSync(directory, { recursive: true });
  syncDirectory(path.dirname(directory));
}
