import path from "node:path";
import type { Report } from "../core/report.ts";
import { writeWhole } from "../store/storage.ts";

/** Draws the report into its run folder and answers with the file's path. @throws DISK_FULL, RUN_FOLDER_NOT_WRITABLE */
export async function writeHtml(folder: string, report: Report): Promise<string> {
  const { renderHtml } = await import("../report/html/page.ts");
  const file = path.join(folder, "report.html");
  writeWhole(file, await renderHtml(report));
  return file;
}
