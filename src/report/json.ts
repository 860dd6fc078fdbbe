import type { Report } from "../core/report.ts";
import { reportSchema } from "../core/report-schema.ts";

/**
 * The text of `report.json`: keys in the order of the schema whatever order they were made in, a newline at the end.
 * @throws ZodError when the report breaks its own schema (a NaN, say): a defect of who made it.
 */
export function renderJson(report: Report): string {
  return `${JSON.stringify(reportSchema.parse(report), null, 2)}\n`;
}
