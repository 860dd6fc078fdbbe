import { describe, expect, test } from "vitest";
import type { DiffRow } from "../core/diff.ts";
import type { Summary } from "../core/report.ts";
import { sampleDiff } from "../../test/fixtures/sample-diff.ts";
import { renderDiffMarkdown } from "./diff-markdown.ts";
import { renderDiffTerminal } from "./diff-terminal.ts";

describe("two runs at a terminal", () => {
  const text = renderDiffTerminal(sampleDiff(), { colour: false, width: 120 });

  test("cautions stand before any number, then moved verdicts", () => {
    expect(text.indexOf("! The two runs")).toBeLessThan(text.indexOf("Verdicts that changed"));
    expect(text.indexOf("Verdicts that changed")).toBeLessThan(text.indexOf("95 % interval"));
    expect(text).toContain("pass → fail visibility.within-limit operation append");
    expect(text).toContain("not claimed → inconclusive visibility.events-delivered");
    expect(text).toContain("Machine, kernel: 6.17.0 → 6.18.0");
    expect(text).toContain("Machine, swap: not told → 0 B");
  });

  test("what is worse comes first, what is equal last", () => {
    const answers = text
      .split("\n")
      .flatMap((line) => / {2}\S (worse|better|undecided|equivalent|not comparable)$/.exec(line)?.[1] ?? []);
    expect(answers).toEqual(["worse", "worse", "undecided", "not comparable", "better", "equivalent"]);
  });

  test("a change is a ratio, or a difference where there is none, with its interval", () => {
    expect(text).toMatch(/×12\.4 +×11\.2 to ×13\.1 +▼ worse/);
    expect(text).toMatch(/\+1\.2 ms +\+1\.1 ms to \+1\.3 ms/);
    expect(text).toContain("from ×0.9");
    expect(text).toMatch(/none\s+–\s+–\s+– not comparable/);
    expect(text).toContain("2 worse · 1 undecided · 1 not comparable · 1 better · 1 equivalent");
    expect(text).toContain("lies beyond 5 %.");
  });

  test("of a share the share is shown: its median would be 1 for anything above a half", () => {
    const first = sampleDiff().rows[0] as DiffRow;
    const nothing = { value: null, low: null, high: null };
    const share = (value: number) => ({
      ...(first.before as Summary),
      unit: "ratio" as const,
      mean: { value, low: null, high: null },
      p50: { value: 1, low: 1, high: 1 },
    });
    const row: DiffRow = {
      ...first,
      metric: { ...first.metric, unit: "ratio" },
      before: share(0.99),
      after: share(0.9),
      ratio: nothing,
      difference: { value: -0.09, low: -0.12, high: -0.06 },
    };
    const shown = renderDiffTerminal(sampleDiff({ rows: [row] }), { colour: false, width: 120 });
    expect(shown).toMatch(/0\.99 +0\.9 +-0\.09 +-0\.12 to -0\.06/);
  });

  test("nothing to compare is said", () => {
    const empty = renderDiffTerminal(sampleDiff({ rows: [], verdicts: [] }), { colour: false, width: 80 });
    expect(empty).toContain("No claim changed its verdict.");
    expect(empty).toContain("nothing measured in either run");
  });
});

describe("two runs in Markdown", () => {
  test("say the same", () => {
    const text = renderDiffMarkdown(sampleDiff());
    expect(text).toContain("## Seatrial: 2 worse · 1 undecided");
    expect(text).toContain("| after | <code>2026-11-20T06-40-11Z-7f3a</code> |");
    expect(text).toContain("> ⚠ The two runs");
    expect(text).toContain("| Machine, kernel | 6.17.0 → 6.18.0 |");
    expect(text).toContain("| ×12.4 | ×11.2 to ×13.1 | ▼ worse |");
    expect(text).toContain("pass → fail |");
  });

  test("fit into a comment", () => {
    const six = sampleDiff().rows;
    const rows = Array.from({ length: 500 }, () => six).flat();
    const text = renderDiffMarkdown(sampleDiff({ rows }));
    expect(text.length).toBeLessThan(65_536);
    expect(text).toContain("*Cut here:");
  });
});
