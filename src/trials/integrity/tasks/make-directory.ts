import fs from "node:fs";
import path from "node:path";

/** Makes the run's directory, or finds it, so that a power cut does not take its name away. */
export function makeDirectory({ directory }: { directory: string }): void {
  fs.mkdirSync(directory, { recursive: true });
  const parent = fs.openSync(path.dirname(directory), "r");
  try {
    fs.fsyncSync(parent);
  } finally {
    fs.closeSync(parent);
  }
}
