import { describe, expect, test } from "vitest";
import { sampleTrial } from "../../../../test/fixtures/sample-report.ts";
import type { Chart } from "../../../core/report.ts";
import { drawChart } from "./draw.ts";
import { heatScale } from "./heatmap.ts";
import { placeholder, withVariables } from "./palette.ts";
import { undrawableCount } from "./points.ts";
import { cleanSvg } from "./svg.ts";

type ChartOf<Kind> = Chart extends infer One
  ? One extends { kind: infer K }
    ? Kind extends K
      ? One
      : never
    : never
  : never;

function chart<Kind extends Chart["kind"]>(kind: Kind): ChartOf<Kind> {
  const found = sampleTrial().charts.find((each) => each.kind === kind);
  if (!found) throw new RangeError(`the sample has no ${kind}`);
  return found as ChartOf<Kind>;
}

function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = ""]) => text);
}

describe("drawn charts", () => {
  test.each(sampleTrial().charts)("$kind $id has nothing that a page or its policy would stumble over", (each) => {
    const { svg } = drawChart(each, "one");
    expect(svg.length).toBeGreaterThan(1000);
    expect(svg).not.toMatch(/<style|<script|class=|ecmeta|NaN|undefined|#fe01|font-family|zr\d/);
    const ids = [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id = ""]) => id);
    expect(ids.filter((id) => !id.startsWith("one-"))).toEqual([]);
  });

  test("axes are in readable units, on a log scale by tens", () => {
    const labels = texts(drawChart(chart("scatter"), "a").svg);
    expect(labels).toEqual(expect.arrayContaining(["10 µs", "1 ms", "100 ms", "10 s", "80 s", "time until seen"]));
  });

  test("marks are labelled and lie within the axes even where no value does", () => {
    const { svg } = drawChart(chart("bar"), "a");
    expect(texts(svg)).toEqual(
      expect.arrayContaining(["detection floor 61.4 µs", "limit 10 ms", "time-out 30 s", "100 s"]),
    );
    expect(svg.match(/fill="var\(--chart-shade\)"/g)).toHaveLength(2);
  });

  test("all points of a series are one path, each series with a mark of its own", () => {
    const scatter = chart("scatter");
    const { svg } = drawChart(scatter, "a");
    for (const [i, { points }] of scatter.series.entries()) {
      const paths = [...svg.matchAll(new RegExp(`<path d="([^"]+)"[^>]*stroke="var\\(--chart-series-${i}\\)"`, "g"))];
      expect(paths).toHaveLength(1);
      expect(paths[0]?.[1]?.match(/M/g)?.length).toBeGreaterThanOrEqual(points.length);
    }
  });

  test("a series that is not the first differs by dash too", () => {
    const { svg } = drawChart(chart("step"), "a");
    expect(svg).toMatch(/stroke="var\(--chart-series-1\)"[^>]*stroke-dasharray/);
    expect(svg).not.toMatch(/stroke="var\(--chart-series-0\)"[^>]*stroke-dasharray/);
  });

  test("bars span their bins, empty bins have none", () => {
    const bars = chart("bar");
    const { svg } = drawChart(bars, "a");
    const drawn = svg.match(/<(rect|path)[^>]*fill="var\(--chart-series-0\)"/g) ?? [];
    expect(drawn).toHaveLength(bars.series[0]?.values.filter((value) => value > 0).length ?? -1);
  });

  test("bars over categories", () => {
    const { edges: _edges, ...bars } = chart("bar");
    const x = { label: "node", unit: "", scale: "category" as const, categories: ["a", "b", "c"] };
    const { svg } = drawChart({ ...bars, x, marks: [], series: [{ name: "n", values: [1, 2, 3] }] }, "a");
    expect(texts(svg)).toEqual(expect.arrayContaining(["a", "b", "c", "node"]));
    expect(svg.match(/fill="var\(--chart-series-0\)"/g)).toHaveLength(3);
  });

  test("a box that was not measured is left out, its name is not", () => {
    const { svg } = drawChart(chart("box"), "a");
    expect(svg.match(/fill="var\(--chart-box\)"/g)).toHaveLength(8);
    expect(texts(svg)).toContain("mmap store");
  });

  test("a cell that was not measured is dashed and not coloured", () => {
    const map = chart("heatmap");
    const { svg } = drawChart(map, "a");
    expect(svg.match(/fill="var\(--chart-heat-\d\)"/g)).toHaveLength(map.cells.length - 1);
    expect(svg.match(/stroke-dasharray="3,3"/g)).toHaveLength(1);
    expect(texts(svg)).toContain("not measured");
  });

  test("a band that is too short to be seen is drawn all the same, and one sign stands for neighbours", () => {
    const { svg } = drawChart(chart("bands"), "a");
    const drawn = (role: string) => svg.match(new RegExp(`fill="var\\(--chart-${role}\\)"`, "g"))?.length ?? 0;
    expect([drawn("calm"), drawn("notice"), drawn("bad-0"), drawn("bad-1")]).toEqual([1, 1, 2, 1]);
    const signs = svg.match(/<path[^>]*stroke="var\(--chart-bad-0\)"/g) ?? [];
    expect(signs).toHaveLength(1);
    expect(svg).toMatch(/<path d="M[\d.]+ [\d.]+l3 0l0 [\d.]+l-3 0Z" fill="var\(--chart-bad-0\)"/);
  });

  test("a band has its text where that fits and nothing hides it", () => {
    const whole = chart("bands");
    expect(texts(drawChart(whole, "a").svg)).toEqual(expect.arrayContaining(["4,000 changes", "late", "pause"]));
    expect(texts(drawChart(whole, "a").svg)).not.toContain("one");
    const hidden = { ...whole, bands: [...whole.bands, [1, 0, 80, 3, ""]] as typeof whole.bands };
    expect(texts(drawChart(hidden, "a").svg)).not.toContain("4,000 changes");
  });

  test("spans are tinted behind the points and labelled where there is room", () => {
    const scatter = chart("scatter");
    const spans = [
      { from: 20, to: 26, label: "pause" },
      { from: 21, to: 21, label: "crowded" },
      { from: 60, to: 60, label: "{b|kill}" },
    ];
    const { svg } = drawChart({ ...scatter, spans }, "a");
    expect(svg.match(/fill="var\(--chart-notice\)"/g)).toHaveLength(3);
    expect(texts(svg)).toEqual(expect.arrayContaining(["pause", "{b|kill}"]));
    expect(texts(svg)).not.toContain("crowded");
    expect(svg.indexOf("--chart-notice")).toBeLessThan(svg.indexOf("--chart-series-0"));
  });

  test("many cells are drawn, all of them, without text that would not fit", () => {
    const names = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`);
    const cells = Array.from({ length: 4800 }, (_, i): [number, number, number, string] => [
      i % 120,
      Math.floor(i / 120),
      i,
      `${i}`,
    ]);
    const map = chart("heatmap");
    const large = { ...map, x: { ...map.x, categories: names(120) }, y: { ...map.y, categories: names(40) }, cells };
    const { svg } = drawChart(large, "a");
    expect(svg.match(/fill="var\(--chart-heat-\d\)"/g)).toHaveLength(4800);
    expect(svg.length).toBeLessThan(700_000);
  });

  test.each([
    ["no series", { series: [] }],
    ["no points", { series: [{ name: "a", points: [] }] }],
    ["one point", { series: [{ name: "a", points: [[1, 5]] as [number, number][] }] }],
    ["no points that a log axis can show", { series: [{ name: "a", points: [[1, 0]] as [number, number][] }] }],
  ])("%s is drawn without harm", (_what, changes) => {
    for (const kind of ["scatter", "line", "step"] as const) {
      const { svg } = drawChart({ ...chart("scatter"), ...changes, kind, marks: [] }, "a");
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  test("points that a log axis cannot show are counted", () => {
    const points: [number, number][] = [
      [1, 0],
      [2, -4],
      [3, 7],
    ];
    expect(undrawableCount({ ...chart("scatter"), series: [{ name: "a", points }] })).toBe(2);
  });

  test("names are text, not templates of the library", () => {
    const name = "{value} {b|x} <i>&";
    const heat = chart("heatmap");
    const { svg } = drawChart({ ...heat, y: { ...heat.y, categories: heat.y.categories?.map(() => name) ?? [] } }, "a");
    expect(texts(svg)).toContain("{value} {b|x} &lt;i&gt;&amp;");
  });
});

describe("the colours of a heat map", () => {
  test("go by ratio where values span much, by difference where they do not", () => {
    expect([1, 10, 100, 1000].map(heatScale([1, 10, 100, 1000]))).toEqual([0, 2, 4, 6]);
    expect([10, 11, 12, 13].map(heatScale([10, 13]))).toEqual([0, 2, 4, 6]);
    expect(heatScale([5, 5])(5)).toBe(0);
    expect(heatScale([0, 1000])(10)).toBe(0);
  });
});

describe("the clean-up of a drawing", () => {
  test("puts variables for placeholders and leaves other colours", () => {
    expect(withVariables(`a ${placeholder("ink")} #fe01ff #123456`)).toBe("a var(--chart-ink) #fe01ff #123456");
  });

  test("makes identifiers the page's own and drops styles", () => {
    const drawn =
      '<g clip-path="url(#zr3-c0)" class="zr3-cls-1"><style >x{}</style><path d="M1.23456 2.98" id="zr3-c0"/></g>';
    expect(cleanSvg(drawn, "t-c1")).toBe('<g clip-path="url(#t-c1-c0)"><path d="M1.2 3" id="t-c1-c0"/></g>');
  });
});
