import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { renderHtml } from "../../../src/report/html/page.ts";
import { renderJUnit } from "../../../src/report/junit.ts";
import { findChromium } from "../../capabilities.ts";
import { temporaryFolder } from "../../fixtures/folders.ts";
import { HOSTILE_TEXTS, reportOf } from "../../fixtures/hostile-report.ts";
import { sampleReport } from "../../fixtures/sample-report.ts";
import { requires } from "../../requires.ts";

/** A browser that talks to nobody. */
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
];

const CHARTS = sampleReport().trials.flatMap(({ charts }) => charts).length;

/** What a page did that a report must not do. */
interface Visit {
  page: Page;
  complaints: string[];
  requests: string[];
  refused: string[];
}

requires("chromium")("report.html in Chromium", () => {
  let browser: Browser;
  let sample = "";

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findChromium() ?? "chromium", args: QUIET });
    sample = await renderHtml(sampleReport());
  });
  afterAll(() => browser.close());

  async function visit(content: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const file = path.join(temporaryFolder(), "report.html");
    fs.writeFileSync(file, content);
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    const seen: Visit = { page, complaints: [], requests: [], refused: [] };
    page.on("console", (message) => seen.complaints.push(message.text()));
    page.on("pageerror", (error) => seen.complaints.push(error.message));
    page.on("request", (request) => seen.requests.push(request.url()));
    page.on("requestfailed", (request) => seen.refused.push(`${request.url()}: ${request.failure()?.errorText}`));
    await page.goto(pathToFileURL(file).href);
    return seen;
  }

  async function overflow(page: Page): Promise<number> {
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  }

  async function colourOf(page: Page, selector: string, property: string): Promise<string> {
    const expression = `getComputedStyle(document.querySelector(${JSON.stringify(selector)})).getPropertyValue(${JSON.stringify(property)})`;
    return page.evaluate(expression);
  }

  test("opens from disk without a complaint and asks for nothing else", async () => {
    const { page, complaints, requests } = await visit(sample);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([page.url()]);
    expect(await page.title()).toBe("Fail: Mount visibility · Seatrial");
  });

  test("the first screen holds the verdict, the headline and what a pass does not mean", async () => {
    const { page } = await visit(sample);
    for (const text of [
      "Fail",
      "Changes made on the host",
      "What a pass does not mean",
      "a visible file can be lost",
    ]) {
      const box = await page.locator("#verdict").getByText(text).first().boundingBox();
      expect((box?.y ?? 1e9) + (box?.height ?? 0)).toBeLessThan(900);
    }
  });

  test.each([
    ["light", "rgb(248, 246, 241)", "rgb(31, 95, 153)"],
    ["dark", "rgb(15, 23, 34)", "rgb(111, 179, 236)"],
  ] as const)("has a %s face, charts included", async (colorScheme, paper, series) => {
    const { page } = await visit(sample, { colorScheme });
    expect(await colourOf(page, "body", "background-color")).toBe(paper);
    expect(await colourOf(page, '[stroke="var(--chart-series-0)"]', "stroke")).toBe(series);
  });

  test("the switch turns the face, and no reader without script sees it", async () => {
    const { page } = await visit(sample, { colorScheme: "light" });
    await page.getByRole("button", { name: "Dark" }).click();
    expect(await colourOf(page, "body", "background-color")).toBe("rgb(15, 23, 34)");
    const still = await visit(sample, { javaScriptEnabled: false });
    expect(await still.page.getByRole("button", { name: "Dark" }).isVisible()).toBe(false);
  });

  test("is narrow enough for 400 pixels", async () => {
    const { page } = await visit(sample, { viewport: { width: 400, height: 800 } });
    expect(await overflow(page)).toBe(0);
    const hostile = await visit(await renderHtml(reportOf("x".repeat(300))), { viewport: { width: 400, height: 800 } });
    expect(await overflow(hostile.page)).toBe(0);
  });

  test("reads without JavaScript: answers, charts, tables, and what is folded", async () => {
    const { page } = await visit(sample, { javaScriptEnabled: false });
    expect(await page.getByText("984 ms (p99; 95 % interval").first().isVisible()).toBe(true);
    expect(await page.locator("figure svg[role=img]").count()).toBe(CHARTS);
    await page.getByText("16 claims passed").click();
    expect(await page.getByText("The outcome of create is seen within 10 ms.").first().isVisible()).toBe(true);
  });

  test("reads under a policy that forbids all script", async () => {
    const strict = sample.replace(/script-src &#39;sha256-.*?&#39;/, "script-src 'none'");
    expect(strict).not.toBe(sample);
    const { page } = await visit(strict);
    expect(await page.getByText("An appended file is seen in full").isVisible()).toBe(true);
    expect(await page.getByRole("button", { name: "Dark" }).isVisible()).toBe(false);
  });

  test("its policy lets no other script run and nothing be loaded", async () => {
    const planted = sample.replace(
      "</main>",
      `<script>globalThis.broken = 1</script><img src="https://example.invalid/x.png" onerror="globalThis.broken = 1"></main>`,
    );
    const { page, complaints, refused } = await visit(planted);
    expect(await page.evaluate("globalThis.broken")).toBeUndefined();
    expect(refused).toEqual(["https://example.invalid/x.png: csp"]);
    expect(complaints.join("\n")).toContain("Content Security Policy");
  });

  test("tables are sorted by a click, numbers as numbers and what was never seen last", async () => {
    const { page } = await visit(sample);
    const table = page.getByRole("group", { name: "visibility.latency by operation, direction" });
    await table.getByRole("button", { name: "p95" }).focus();
    await page.keyboard.press("Enter");
    const p95 = await table.locator("tbody tr > :nth-child(8)").allTextContents();
    expect(p95[0]).toMatch(/^275 µs/);
    expect(p95.at(-1)).toMatch(/^> 30 s/);
    expect(p95).toHaveLength(16);
    expect(await table.locator('th[aria-sort="ascending"]').textContent()).toBe("p95");
  });

  test("every chart has a name and a description, and boxes that scroll can be reached by keyboard", async () => {
    const { page } = await visit(sample);
    expect(await page.getByRole("img", { name: "Time until seen, over the run" }).count()).toBe(1);
    expect(await page.locator("figure desc").count()).toBe(CHARTS);
    expect(await page.locator(".scroll:not([tabindex])").count()).toBe(0);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the verdict");
  });

  test("prints: the light face, unfolded, on a few pages", async () => {
    const { page } = await visit(sample, { colorScheme: "dark" });
    const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    expect(pages).toBeGreaterThan(4);
    expect(pages).toBeLessThan(16);
    await page.emulateMedia({ media: "print" });
    expect(await colourOf(page, "h2", "color")).toBe("rgb(22, 36, 58)");
    expect(await page.getByText("The outcome of create is seen within 10 ms.").first().isVisible()).toBe(true);
    expect(await page.locator("nav").isVisible()).toBe(false);
  });

  test.each(HOSTILE_TEXTS)("the name %j is shown and does nothing", async (text) => {
    const { page, complaints, requests } = await visit(await renderHtml(reportOf(text)));
    expect(await page.evaluate("globalThis.broken")).toBeUndefined();
    expect(complaints).toEqual([]);
    expect(requests).toEqual([page.url()]);
    expect(await page.evaluate("document.querySelectorAll('script').length")).toBe(2);
    expect(await page.evaluate("JSON.parse(document.getElementById('report').textContent).runId")).toBe(text);
  });

  test.each(HOSTILE_TEXTS)("JUnit XML with %j is well-formed", async (text) => {
    const { page } = await visit("<title>parser</title>");
    const xml = JSON.stringify(renderJUnit(reportOf(text)));
    const errors: number = await page.evaluate(
      `new DOMParser().parseFromString(${xml}, "application/xml").getElementsByTagName("parsererror").length`,
    );
    expect(errors).toBe(0);
  });
});
