import { z } from "zod";
import { messageOf } from "../core/errors.ts";
import { REPORT_SCHEMA_VERSION, type Report } from "../core/report.ts";
import { reportSchema } from "../core/report-schema.ts";
import { reportError } from "./errors.ts";

/** Steps by the version they start from; each lifts a stored report to the next version. */
const MIGRATIONS: Readonly<Record<number, (stored: object) => object>> = {};

/**
 * Reads the text of a `report.json` of this or an older version.
 * @throws REPORT_UNREADABLE, REPORT_VERSION_UNSUPPORTED
 */
export function parseReport(text: string): Report {
  const parsed = reportSchema.safeParse(migrate(parseObject(text)));
  if (!parsed.success) throw reportError("REPORT_UNREADABLE", `it is no report: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function parseObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw reportError("REPORT_UNREADABLE", `it is no JSON: ${messageOf(error)}`, { cause: error });
  }
  if (typeof value === "object" && value !== null) return value;
  throw reportError("REPORT_UNREADABLE", `it holds ${JSON.stringify(value)}, not an object`);
}

function migrate(stored: object): object {
  const found = "schemaVersion" in stored ? stored.schemaVersion : undefined;
  if (typeof found !== "number") throw reportError("REPORT_UNREADABLE", "it names no schemaVersion");
  let report = stored;
  for (let version = found; version !== REPORT_SCHEMA_VERSION; version++) {
    const step = MIGRATIONS[version];
    if (!step)
      throw reportError(
        "REPORT_VERSION_UNSUPPORTED",
        `it has schema version ${found}; this seatrial reads up to version ${REPORT_SCHEMA_VERSION}`,
      );
    report = step(report);
  }
  return report;
}
