import fs from "node:fs";

/** Removes the run's directory and all below it; where there is none, it has done its work. */
export function removeDirectory({ directory }: { directory: string }): void {
  fs.rmSync(directory, { recursive: true, force: true });
}
