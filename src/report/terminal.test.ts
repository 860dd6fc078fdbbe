import { describe, expect, test } from "vitest";
import { sampleFailures, sampleReport, sampleTrial } from "../../test/fixtures/sample-report.ts";
import type { Finding } from "../core/report.ts";
import { renderTerminal } from "./terminal.ts";

const plain = { colour: false, width: 100 };

describe("the summary at a terminal", () => {
  test("tells the verdict, the answer, what did not pass worst first, and how to repeat it", () => {
    const text = renderTerminal(sampleReport(), plain);
    expect(text).toContain("✗ FAIL Mount visibility · 1 min 16 s");
    expect(text).toContain("the detection floor was 0.061 ms.");
    expect(text).toContain("4 fail · 1 inconclusive · 1 skipped · 16 pass");
    expect(text.indexOf("An appended file")).toBeLessThan(text.indexOf("A directory is seen"));
    expect(text).toContain("To settle it: About 110 more samples");
    expect(text).not.toContain("The outcome of create");
    expect(text).toContain("! visibility/history.ndjson: the last line was torn");
    expect(text.trimEnd().endsWith("--limit append.p99=10ms")).toBe(true);
  });

  test("tabulates the main numbers with what was never seen", () => {
    const row = renderTerminal(sampleReport(), plain).match(/^ {2}visibility\.latency .*$/m)?.[0] ?? "";
    expect(row.split(/\s{2,}/).slice(1)).toEqual([
      "visibility.latency",
      "1,872",
      "48 > 30 s",
      "152 µs",
      "982 ms",
      "> 30 s",
      "> 30 s",
    ]);
  });

  test("names what a pass does not mean, and only for a pass", () => {
    const passed = { ...sampleTrial(), verdict: "pass" as const, findings: [] };
    expect(renderTerminal(sampleReport({ trials: [passed] }), plain)).toContain("What this pass does not mean:");
    expect(renderTerminal(sampleReport(), plain)).not.toContain("does not mean");
  });

  test("keeps to the width, but for words that are longer", () => {
    for (const width of [60, 100, 140]) {
      const lines = renderTerminal(sampleReport(), { colour: false, width }).split("\n");
      const tooLong = lines.filter((line) => line.length > width && !line.startsWith("Repeat it:"));
      expect(tooLong.filter((line) => !/^ {2}(visibility|series)/.test(line))).toEqual([]);
    }
  });

  test("leaves the lines of a finding as they are", () => {
    const [finding] = sampleFailures(1);
    const findings = [{ ...finding, detail: "Does not hold: it is there.\nSeen: nothing." } as Finding];
    const text = renderTerminal(sampleReport({ trials: [{ ...sampleTrial(), findings }] }), plain);
    expect(text).toContain("    Does not hold: it is there.\n    Seen: nothing.\n");
  });

  test("colours only where it may", () => {
    expect(renderTerminal(sampleReport(), plain)).not.toContain("\u001b");
    expect(renderTerminal(sampleReport(), { colour: true, width: 100 })).toContain("\u001b[31m");
  });

  test("says how many more there are", () => {
    const findings = sampleFailures(15);
    const text = renderTerminal(sampleReport({ trials: [{ ...sampleTrial(), findings }] }), plain);
    expect(text).toContain("… and 3 more findings in the report");
    expect(text).toContain("… and 16 more series in the report");
  });

  test("tells each reason to skip once, behind what did not pass", () => {
    const [failure] = sampleFailures(1) as [Finding];
    const skipped = (claim: string, detail: string) => ({ ...failure, verdict: "skipped" as const, claim, detail });
    const findings = [
      ...["a", "b", "c", "d", "e"].map((claim) => skipped(claim, "There is no second host.")),
      skipped("f", "Nobody listens."),
      failure,
    ];
    const text = renderTerminal(sampleReport({ trials: [{ ...sampleTrial(), findings }] }), plain);
    expect(text).toContain("  – 5 claims (a, b, c, d and others): There is no second host.\n  – f: Nobody listens.\n");
    expect(text.indexOf(failure.statement)).toBeLessThan(text.indexOf("5 claims"));
  });

  test("says when the run was not completed, and works without trials", () => {
    const text = renderTerminal(sampleReport({ ended: "interrupted", trials: [], verdict: "inconclusive" }), plain);
    expect(text).toContain("! The run was interrupted");
    expect(text).toContain("? INCONCLUSIVE run 2026-11-20T06-40-11Z-7f3a");
  });
});
