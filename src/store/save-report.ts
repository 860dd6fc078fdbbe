import path from "node:path";
import type { Report } from "../core/report.ts";
import { RUN_FILES } from "./layout.ts";
import { writeWhole } from "./storage.ts";

/** The bytes of `report.json`: the same report gives the same text. */
export function reportText(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

/**
 * Writes the rendered files (name to content) and then `report.json` into a run folder, each as a whole.
 * @throws DISK_FULL or RUN_FOLDER_NOT_WRITABLE
 */
export function writeReport(folder: string, report: Report, renders: Readonly<Record<string, string>> = {}): void {
  for (const [name, content] of Object.entries(renders)) writeWhole(path.join(folder, name), content);
  writeWhole(path.join(folder, RUN_FILES.report), reportText(report));
}
