import { describe, expect, test } from "vitest";
import { sampleReport } from "../../test/fixtures/sample-report.ts";
import { renderCsv } from "./csv.ts";

describe("summaries as CSV", () => {
  const lines = renderCsv(sampleReport()).split("\r\n");

  test("have a column for each label and a row for each series", () => {
    expect(lines[0]).toContain('"trial","metric","unit","label.operation","label.direction","count","censored"');
    expect(lines).toHaveLength(1 + 18 + 1);
    expect(lines.every((line) => line === "" || line.split(",").length === lines[0]?.split(",").length)).toBe(true);
  });

  test("leave empty what has no number", () => {
    expect(lines[1]).toMatch(/^"visibility","visibility\.latency","ns",,,1872,48,30000000000,/);
    expect(lines[1]?.endsWith(",,,")).toBe(true);
  });

  test("quote what would end a cell or run as a formula", () => {
    const [trial] = sampleReport().trials;
    const summaries =
      trial?.summaries.slice(0, 1).map((summary) => ({ ...summary, labels: { path: '=cmd|"x",y' } })) ?? [];
    const text = renderCsv(sampleReport({ trials: trial ? [{ ...trial, summaries }] : [] }));
    expect(text).toContain(`"'=cmd|""x"",y"`);
  });
});
