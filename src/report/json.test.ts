import { describe, expect, test } from "vitest";
import { sampleReport } from "../../test/fixtures/sample-report.ts";
import { SeatrialError } from "../core/errors.ts";
import type { Report } from "../core/report.ts";
import { renderJson } from "./json.ts";
import { parseReport } from "./parse.ts";

/** Labels are data, and their order with them; all else is ours to order. */
function backwards(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => backwards(item));
  if (typeof value !== "object" || value === null || name === "scope" || name === "labels") return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, item]) => [key, backwards(item, key)]),
  );
}

function codeOf(text: string): string {
  try {
    parseReport(text);
  } catch (error) {
    if (error instanceof SeatrialError) return `${error.code}: ${error.message}`;
  }
  return "read";
}

describe("report.json", () => {
  test("comes back as it was", () => {
    expect(parseReport(renderJson(sampleReport()))).toEqual(sampleReport());
  });

  test("has one order of keys and ends with a newline", () => {
    const text = renderJson(sampleReport());
    const shuffled = backwards(sampleReport()) as Report;
    expect(JSON.stringify(shuffled)).not.toBe(JSON.stringify(sampleReport()));
    expect(renderJson(shuffled)).toBe(text);
    expect(text.startsWith('{\n  "schemaVersion": 1,\n  "runId"')).toBe(true);
    expect(text.endsWith("}\n")).toBe(true);
  });

  test("is never written with what it could not be read with", () => {
    expect(() => renderJson(sampleReport({ durationMs: Number.NaN }))).toThrow(/durationMs/);
  });

  test.each([
    ["{", "REPORT_UNREADABLE: it is no JSON"],
    ["[]", "REPORT_UNREADABLE: it names no schemaVersion"],
    ["7", "REPORT_UNREADABLE: it holds 7"],
    ["{}", "REPORT_UNREADABLE: it names no schemaVersion"],
    ['{"schemaVersion":1}', "REPORT_UNREADABLE: it is no report"],
    ['{"schemaVersion":2}', "REPORT_VERSION_UNSUPPORTED: it has schema version 2; this seatrial reads up to version 1"],
    ['{"schemaVersion":0.5}', "REPORT_VERSION_UNSUPPORTED"],
  ])("%s is refused", (text, code) => {
    expect(codeOf(text)).toContain(code);
  });

  test("names the place of what is wrong", () => {
    const damaged = renderJson(sampleReport()).replace('"verdict": "fail"', '"verdict": "maybe"');
    expect(codeOf(damaged)).toContain("verdict");
  });
});
