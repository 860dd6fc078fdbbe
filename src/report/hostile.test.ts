import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HOSTILE_TEXTS, reportOf } from "../../test/fixtures/hostile-report.ts";
import type { Report } from "../core/report.ts";
import { renderCsv } from "./csv.ts";
import { renderGithubAnnotations } from "./github.ts";
import { renderHtml } from "./html/page.ts";
import { renderJson } from "./json.ts";
import { renderJUnit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";
import { parseReport } from "./parse.ts";
import { renderTerminal } from "./terminal.ts";

/** Text that a subject might be named by: known attacks, and any characters at all around them. */
const hostileText = fc
  .tuple(
    fc.string({ unit: "binary", maxLength: 6 }),
    fc.constantFrom("", ...HOSTILE_TEXTS),
    fc.string({ maxLength: 6 }),
  )
  .map((parts) => parts.join(""));

const FORBIDDEN_IN_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

/** Elements and the names of their attributes, in order: what a text must never change. */
function skeleton(markup: string): string[] {
  const withoutDrawings = markup.replace(/<svg viewBox="[^"]*" role="img"[\s\S]*?<\/svg>/g, "<svg>");
  return [...withoutDrawings.matchAll(/<[/!a-zA-Z][^>]*>/g)].map(([tag]) => tag.replace(/="[^"]*"/g, ""));
}

function withoutCharts(report: Report): Report {
  return { ...report, trials: report.trials.map((trial) => ({ ...trial, charts: [] })) };
}

function drawnElements(page: string): string[] {
  const drawings = page.match(/<svg viewBox="[^"]*" role="img"[\s\S]*?<\/svg>/g) ?? [];
  return drawings.flatMap((svg) => [...svg.matchAll(/<([/!a-zA-Z]*)/g)].map(([, name = ""]) => name.replace("/", "")));
}

const HARMLESS = new Set([
  "svg",
  "title",
  "desc",
  "rect",
  "g",
  "path",
  "text",
  "defs",
  "clipPath",
  "polygon",
  "polyline",
]);

describe("no text breaks out", () => {
  test("of the page", async () => {
    const expected = skeleton(await renderHtml(withoutCharts(reportOf("plain"))));
    await fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        const page = await renderHtml(withoutCharts(reportOf(text)));
        expect(skeleton(page)).toEqual(expected);
        expect(page).not.toMatch(FORBIDDEN_IN_XML);
      }),
      { numRuns: 60, examples: HOSTILE_TEXTS.map((text): [string] => [text]) },
    );
  });

  test("of a drawing in it", async () => {
    const all = HOSTILE_TEXTS.join(" ");
    const page = await renderHtml(reportOf(all));
    expect(skeleton(page)).toEqual(skeleton(await renderHtml(reportOf("plain"))));
    expect(drawnElements(page).length).toBeGreaterThan(100);
    expect(drawnElements(page).filter((name) => !HARMLESS.has(name))).toEqual([]);
    expect(page).not.toMatch(FORBIDDEN_IN_XML);
  });

  test("of JUnit XML", () => {
    const expected = skeleton(renderJUnit(reportOf("plain")));
    fc.assert(
      fc.property(hostileText, (text) => {
        const xml = renderJUnit(reportOf(text));
        expect(skeleton(xml)).toEqual(expected);
        expect(xml).not.toMatch(FORBIDDEN_IN_XML);
        expect(xml.replace(/&#\d+;/g, "")).not.toContain("&");
      }),
      { numRuns: 60, examples: HOSTILE_TEXTS.map((text): [string] => [text]) },
    );
  });

  test("of Markdown", () => {
    const shape = (markdown: string): number[] => markdown.split("\n").map((line) => line.split("|").length);
    const outsideCode = (markdown: string): string => markdown.replace(/^```+sh\n.*\n```+$/m, "");
    const expected = shape(outsideCode(renderMarkdown(reportOf("plain"))));
    fc.assert(
      fc.property(hostileText, (text) => {
        const markdown = outsideCode(renderMarkdown(reportOf(text)));
        expect(shape(markdown)).toEqual(expected);
        expect(markdown.match(/<[^>]*>/g)?.filter((tag) => !/^<(\/?code|!-- --)>$/.test(tag)) ?? []).toEqual([]);
      }),
      { numRuns: 60, examples: HOSTILE_TEXTS.map((text): [string] => [text]) },
    );
  });

  test("of annotations, one command a line", () => {
    const expected = renderGithubAnnotations(reportOf("plain")).split("\n").length;
    fc.assert(
      fc.property(hostileText, (text) => {
        const lines = renderGithubAnnotations(reportOf(text)).split(/\r|\n/);
        expect(lines).toHaveLength(expected);
        const wellFormed = /^::(error|warning) title=[^:,]*::/;
        expect(lines.filter((line) => line !== "" && !wellFormed.test(line))).toEqual([]);
      }),
      { numRuns: 60, examples: HOSTILE_TEXTS.map((text): [string] => [text]) },
    );
  });

  test("of a terminal, a table of cells or JSON", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const report = reportOf(text);
        expect(renderTerminal(report, { colour: false, width: 80 })).not.toMatch(
          /[^\n\P{Cc}]|[\u202a-\u202e\u2066-\u2069]/u,
        );
        expect(renderCsv(report)).not.toMatch(/[^\r\n\P{Cc}]/u);
        expect(parseReport(renderJson(report))).toEqual(report);
      }),
      { numRuns: 60, examples: HOSTILE_TEXTS.map((text): [string] => [text]) },
    );
  });
});
