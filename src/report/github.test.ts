import { describe, expect, test } from "vitest";
import { sampleFailures, sampleReport, sampleTrial } from "../../test/fixtures/sample-report.ts";
import { renderGithubAnnotations } from "./github.ts";

describe("annotations", () => {
  test("mark what failed as errors and what is open as warnings, worst first", () => {
    const lines = renderGithubAnnotations(sampleReport()).trimEnd().split("\n");
    expect(lines.map((line) => line.slice(0, 9))).toEqual([
      "::error t",
      "::error t",
      "::error t",
      "::error t",
      "::warning",
    ]);
    expect(lines[0]).toContain("title=Mount visibility%3A fail%2C An appended file is seen in full within 10 ms.::");
    expect(lines[0]).toContain(
      "operation append, direction host-to-container, state looked, observer stat%0Ap99 983 ms (95 %25",
    );
  });

  test("are ten at most, the last of which counts the rest", () => {
    const findings = sampleFailures(25);
    const lines = renderGithubAnnotations(sampleReport({ trials: [{ ...sampleTrial(), findings }] }))
      .trimEnd()
      .split("\n");
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toBe("::warning title=Seatrial%3A more findings::16 more are in the report.");
  });

  test("are none where all passed, and tell of a broken lab", () => {
    const passed = { ...sampleTrial(), findings: sampleTrial().findings.filter(({ verdict }) => verdict === "pass") };
    expect(renderGithubAnnotations(sampleReport({ trials: [passed] }))).toBe("");
    const broken = { ...passed, verdict: "errored" as const, reason: "the engine went away" };
    const text = renderGithubAnnotations(sampleReport({ ended: "errored", trials: [broken] }));
    expect(text).toContain("::error title=Seatrial%3A not completed::The lab broke");
    expect(text).toContain("::error title=Mount visibility%3A errored::the engine went away");
  });
});
