import { describe, expect, test } from "vitest";
import { sampleFailures, sampleReport, sampleTrial } from "../../test/fixtures/sample-report.ts";
import { renderMarkdown } from "./markdown.ts";
import { escapeMarkdown, fenced } from "./markdown-text.ts";

describe("the Markdown summary", () => {
  test("begins with the verdict and tells answer, open findings, numbers, limits and the command", () => {
    const text = renderMarkdown(sampleReport());
    expect(text).toMatch(/^# ✗ Fail: Mount visibility\n/);
    expect(text).toContain("**Changes made on the host");
    expect(text).toContain("| ✗ Fail | An appended file is seen in full within 10 ms. | operation append, ");
    expect(text).toContain("To settle it: About 110 more samples");
    expect(text).toContain("| visibility.latency | 1,872 | 48 &gt; 30 s | 152 µs |");
    expect(text).toContain("- Nothing is said of durability");
    expect(text).toContain("```sh\nseatrial run visibility");
  });

  test("is cut at whole lines and says so", () => {
    const findings = sampleFailures(9000);
    const text = renderMarkdown(sampleReport({ trials: [{ ...sampleTrial(), findings }] }));
    const sizeBytes = Buffer.byteLength(text);
    expect(sizeBytes).toBeLessThanOrEqual(1024 * 1024);
    expect(sizeBytes).toBeGreaterThan(1024 * 1024 - 500);
    expect(text.endsWith("\n\n*Cut here: the rest is in report.html and report.json.*\n")).toBe(true);
    expect(text.split("\n").at(-4)?.endsWith(" |")).toBe(true);
  });

  test("gives foreign text no meaning", () => {
    expect(escapeMarkdown("a|b\n# <b> *c* `d` @team https://x")).toBe(
      "a&#124;b &#35; &lt;b&gt; &#42;c&#42; &#96;d&#96; @<!-- -->team https&#58;//x",
    );
    expect(fenced("a ``` b")).toBe("````sh\na ``` b\n````");
  });
});
