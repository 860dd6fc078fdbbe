import { describe, expect, test } from "vitest";
import { sampleReport, sampleTrial } from "../../test/fixtures/sample-report.ts";
import { renderJUnit } from "./junit.ts";

describe("JUnit XML", () => {
  test("counts a case a finding, inconclusive among the skipped, and the trial's own time", () => {
    const xml = renderJUnit(sampleReport());
    expect(xml).toContain('<testsuites name="seatrial" tests="22" failures="4" errors="0" skipped="2" time="81.212">');
    expect(xml).toContain('<testsuite name="visibility" tests="22" failures="4" errors="0" skipped="2" time="76.430"');
    expect(xml.match(/<testcase /g)).toHaveLength(22);
    expect(xml.match(/<failure /g)).toHaveLength(4);
    expect(xml).not.toMatch(/<testcase[^>]* time=/);
  });

  test("names the claim with its scope and gives the evidence", () => {
    const xml = renderJUnit(sampleReport());
    expect(xml).toContain(
      'name="visibility.events-delivered [direction host-to-container, observer inotify]" classname="seatrial.visibility"',
    );
    expect(xml).toContain("Events: 310, 355, 402 (48 in all)</failure>");
    expect(xml).toContain('<skipped message="inconclusive: p99 8.9 ms, but');
    expect(xml).toContain("What would settle it: About 110 more samples");
  });

  test.each([
    ["skipped", "<skipped", 'errors="0" skipped="1"'],
    ["errored", "<error", 'errors="1" skipped="0"'],
    ["inconclusive", "<skipped", 'errors="0" skipped="1"'],
  ] as const)("a trial that was %s without a claim is not green", (verdict, element, counts) => {
    const trial = { ...sampleTrial(), verdict, findings: [], reason: "no engine" };
    const xml = renderJUnit(sampleReport({ trials: [trial] }));
    expect(xml).toContain(`${element} message="no engine"`);
    expect(xml).toContain(`tests="1" failures="0" ${counts}`);
  });

  test("a run that did not complete is an error, whatever its trials say", () => {
    const passed = { ...sampleTrial(), findings: sampleTrial().findings.filter(({ verdict }) => verdict === "pass") };
    const xml = renderJUnit(sampleReport({ ended: "interrupted", trials: [passed] }));
    expect(xml).toContain('failures="0" errors="1"');
    expect(xml).toContain('<error message="The run was interrupted');
  });
});
