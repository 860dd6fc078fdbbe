import { beforeAll, describe, expect, test } from "vitest";
import { sampleReport, sampleTrial } from "../../../test/fixtures/sample-report.ts";
import type { Chart, Summary } from "../../core/report.ts";
import { parseReport } from "../parse.ts";
import { renderHtml } from "./page.ts";

/** A page is too long to be shown whole where it lacks a text. */
function expectIn(page: string, text: string): void {
  expect(page.includes(text), `the page should hold ${text}`).toBe(true);
}

describe("report.html", () => {
  let page = "";
  beforeAll(async () => {
    page = await renderHtml(sampleReport());
  });

  test("answers first: verdict, headline, what a pass does not mean; then findings, worst first", () => {
    const order = [
      'class="stamp fail"',
      "the detection floor was 0.061 ms.</p>",
      "What a pass does not mean",
      'id="trial-1-findings"',
      "An appended file is seen in full within 10 ms.",
      "A directory is seen within 10 ms.",
      "16 claims passed",
      'id="trial-1-charts"',
      'id="trial-1-figures"',
      'id="trial-1-facts"',
      'id="reproduce"',
      'id="environment"',
      'id="problems"',
    ].map((text) => page.indexOf(text));
    expect(order.every((at) => at > 0)).toBe(true);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  test("shows the evidence of a finding and what would settle it", () => {
    expectIn(page, "events 310, 355, 402 and 45 more of <code>visibility/history.ndjson</code>");
    expectIn(page, "<b>What would settle it:</b> About 110 more samples");
  });

  test("tabulates every number with its interval, and what was never seen as a bound", () => {
    expectIn(page, '<td data-value="48">48 &#62; 30 s</td>');
    expectIn(page, "152 µs<small>148 to 157 µs</small>");
    expectIn(page, 'data-value="Infinity">&#62; 30 s');
    expectIn(page, "≥ 848 ms");
  });

  test("keeps series with the same labels together, the whole first, and folds what is long", async () => {
    const [summary] = sampleTrial().summaries;
    const labels = Array.from({ length: 41 }, (_, i) => ({ cell: `c${i}` }));
    const summaries = [...labels, {}, { side: "a" }].map((each) => ({ ...(summary as Summary), labels: each }));
    const long = await renderHtml(sampleReport({ trials: [{ ...sampleTrial(), charts: [], summaries }] }));
    expectIn(long, '<details class="long"><summary>41 series by cell</summary>');
    const order = ['Table: visibility.latency"', "41 series by cell", "Table: visibility.latency by side"];
    expect(order.map((text) => long.indexOf(text))).toEqual(
      order.map((text) => long.indexOf(text)).toSorted((a, b) => a - b),
    );
    expect(long.match(/<table /g)).toHaveLength(3);
  });

  test("draws each chart with a name and a description, in the page's own colours", () => {
    expect(page.match(/<svg viewBox="[^"]+" role="img"/g)).toHaveLength(7);
    expect(page.match(/<desc id="trial-1-c\d-about">/g)).toHaveLength(7);
    expectIn(page, "var(--chart-series-0)");
    expect(page).not.toContain("#fe01");
    expectIn(page, "detection floor 61.4 µs</text>");
    expectIn(page, "not measured: mmap store.");
  });

  test("has no identifier twice and no link that leads nowhere or outside", () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const links = [...page.matchAll(/ href="([^"]+)"/g)].map(([, link = ""]) => link);
    expect(links.length).toBeGreaterThan(8);
    expect(links.filter((link) => !ids.includes(link.slice(1)))).toEqual([]);
    const used = [...page.matchAll(/url\(#([^)]+)\)/g)].map(([, id]) => id);
    expect(used.filter((id) => !ids.includes(id ?? ""))).toEqual([]);
    expect(page).not.toMatch(/(src|srcset|action)=|@import|https?:\/\//);
  });

  test("defines every colour that it uses", () => {
    const defined = new Set([...page.matchAll(/--([a-z0-9-]+):/g)].map(([, name]) => name));
    const used = [...page.matchAll(/var\(--([a-z0-9-]+)\)/g)].map(([, name]) => name);
    expect(used.filter((name) => !defined.has(name))).toEqual([]);
  });

  test("carries the report, but for the charts that it shows", () => {
    const data = /<script type="application\/json" id="report">(.*?)<\/script>/s.exec(page)?.[1] ?? "";
    const { findings, facts, headline } = sampleTrial();
    const carried = parseReport(data);
    expect(carried.trials).toMatchObject([{ findings, facts, headline, charts: [] }]);
    expect(carried.trials[0]?.summaries[0]?.p50.value).toBe(152_139);
  });

  test("is small", async () => {
    expect(page.length).toBeLessThan(300_000);
    const points = Array.from({ length: 2000 }, (_, i): [number, number] => [i / 10, 1e5 * (1 + ((i * 7919) % 1009))]);

    const chart: Chart = {
      kind: "scatter",
      id: "large",
      title: "Large",
      description: "Many points.",
      count: points.length,
      thinned: 0,
      x: { label: "time", unit: "s", scale: "linear" },
      y: { label: "latency", unit: "ns", scale: "log" },
      marks: [],
      series: [{ name: "one", points }],
    };
    const charts = Array.from({ length: 10 }, () => chart);
    const large = await renderHtml(sampleReport({ trials: [{ ...sampleTrial(), charts }] }));
    expect(large.length).toBeLessThan(1_000_000);
  });

  test("of several trials gives each its answer, and says what broke", async () => {
    const skipped = {
      ...sampleTrial(),
      id: "integrity",
      title: "Power-cut integrity",
      verdict: "skipped" as const,
      reason: "This runtime cannot cut the power.",
      findings: [],
      charts: [],
      summaries: [],
      facts: [],
    };
    const several = await renderHtml(
      sampleReport({ trials: [sampleTrial(), skipped], ended: "interrupted", problems: [] }),
    );
    expectIn(several, '<a href="#trial-2">Power-cut integrity</a>');
    expectIn(several, "This runtime cannot cut the power.");
    expectIn(several, "<b>Not complete.</b> The run was interrupted");
    expect(several).not.toContain('id="trial-2-charts"');
    expect(several).not.toContain('id="problems"');
  });

  test("of a run without any trial still opens", async () => {
    const empty = await renderHtml(sampleReport({ trials: [], verdict: "errored", ended: "errored" }));
    expectIn(empty, 'class="stamp errored"');
    expectIn(empty, "The lab broke before");
  });
});
