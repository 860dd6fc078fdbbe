import fs from "node:fs";
import path from "node:path";
import { messageOf } from "../core/errors.ts";
import type { PreflightCheck, Runtime } from "../core/runtime.ts";
import { engineError } from "./errors.ts";

/** Below this a standard run with its report may not fit. */
const SCARCE_BYTES = 200 * 1024 * 1024;

/** Whether runs can be stored below `runsFolder`. Looks and makes nothing. */
export function checkRunsFolder(runsFolder: string): PreflightCheck {
  const id = "runs-folder";
  const folder = nearestExisting(path.resolve(runsFolder));
  try {
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
    const { bavail, bsize } = fs.statfsSync(folder);
    const freeBytes = bavail * bsize;
    const detail = `${runsFolder}: ${Math.floor(freeBytes / 2 ** 20)} MiB free`;
    if (freeBytes >= SCARCE_BYTES) return { id, state: "ok", detail };
    return { id, state: "warn", detail, remedy: "Free some space, or choose another folder with --out." };
  } catch (error) {
    const detail = `${runsFolder} cannot be written: ${messageOf(error)}`;
    return { id, state: "fail", detail, remedy: "Choose another folder with --out, or make this one writable." };
  }
}

/** @throws RUNTIME_UNFIT with every failed check and its remedy */
export async function requireFit(runtime: Runtime, signal: AbortSignal): Promise<void> {
  const failed = (await runtime.preflight(signal)).filter(({ state }) => state === "fail");
  signal.throwIfAborted();
  if (failed.length === 0) return;
  const lines = failed.map(({ id, detail, remedy }) => `${id}: ${detail}${remedy ? `\n  ${remedy}` : ""}`);
  throw engineError("RUNTIME_UNFIT", `${runtime.id}: ${lines.join("\n")}`);
}

function nearestExisting(folder: string): string {
  return fs.existsSync(folder) ? folder : nearestExisting(path.dirname(folder));
}
