import { describe, expect, test } from "vitest";
import { exchange, failed, resultOf, VolumeDraft } from "../../../test/fixtures/volume-history.ts";
import type { CaseResult } from "./model.ts";
import type { Finding } from "../../core/report.ts";
import { casesChecker } from "./checkers.ts";
import { headlineOfVolume } from "./headline.ts";

const judged = (draft: VolumeDraft): Finding[] => draft.fold((context) => casesChecker.begin(context));

function judgedOnce(result: CaseResult): Finding {
  const [finding, ...others] = judged(new VolumeDraft().tried("M06", result));
  if (!finding || others.length > 0) throw new Error("want one finding");
  return finding;
}

describe("a case is", () => {
  test("held where all checks hold; what it does where either is right is told beside", () => {
    const finding = judgedOnce(resultOf({ observations: ["a second Create is refused"] }));
    expect(finding).toMatchObject({ claim: "volume.M06", verdict: "pass", scope: { severity: "critical" } });
    expect(finding.detail).toBe("1 check held in 1 call. A second Create is refused.");
  });

  test("failed where one does not: what must hold, what was seen, the call before it, and the reason", () => {
    const id = "ab".repeat(32);
    const sent = exchange({ sent: `{"Name":"v","ID":"${id}"}\n`, status: 500, received: '{"Err":"busy"}' });
    const checks = [...resultOf().checks, failed("it stays mounted", "nothing is mounted")];
    const { verdict, detail } = judgedOnce(resultOf({ checks, exchanges: [sent] }));
    expect(verdict).toBe("fail");
    expect(detail).toContain("Does not hold: It stays mounted.\nSeen: nothing is mounted.\n");
    expect(detail).toContain('Before it: VolumeDriver.Mount {"Name":"v","ID":"abababab…"} → 500 {"Err":"busy"}.\n\n');
    expect(detail.split("\n\n").at(-1)).toMatch(/^`docker cp`/);
  });

  test("failed for each thing once, the first three of them in full", () => {
    const checks = [1, 1, 2, 3, 4, 5].map((n, i) => failed(`thing ${n}`, `seen ${i}`, n === 1 ? { times: 7 } : {}));
    const { detail } = judgedOnce(resultOf({ checks }));
    expect(detail.match(/Does not hold[^:]*: Thing \d/g)).toEqual([
      "Does not hold (7 times): Thing 1",
      "Does not hold: Thing 2",
      "Does not hold: Thing 3",
    ]);
    expect(detail).toContain("2 other checks did not hold either.");
  });

  test.each([
    ["refused", "no answer (nobody listens)"],
    ["closed", "no answer (the connection was closed)"],
    ["late", "no answer (not within the deadline)"],
  ] as const)("told with a call that was %s", (silence, words) => {
    const { status: _, received: __, ...unanswered } = exchange({ silence });
    const { detail } = judgedOnce(resultOf({ checks: [failed("it answers", "")], exchanges: [unanswered] }));
    expect(detail).toContain(`→ ${words}.`);
  });

  test("failed also where it was left out or broke after that", () => {
    const checks = [failed("it holds", "it does not")];
    expect(judgedOnce(resultOf({ checks, skipped: "no" })).verdict).toBe("fail");
    expect(judgedOnce(resultOf({ checks, broke: "no" })).verdict).toBe("fail");
  });

  test("errored where the suite broke, skipped where it could not be tried, open where nothing was looked at", () => {
    expect(judgedOnce(resultOf({ broke: "no such file" }))).toMatchObject({
      verdict: "errored",
      detail: "The suite broke: no such file",
      settle: expect.stringContaining("--focus M06") as string,
    });
    expect(judgedOnce(resultOf({ skipped: "there is no second host" }))).toMatchObject({
      verdict: "skipped",
      detail: "There is no second host.",
    });
    expect(judgedOnce(resultOf({ checks: [] })).verdict).toBe("inconclusive");
  });

  test("open where it came to no end, and not there where it was not tried", () => {
    expect(judged(new VolumeDraft().tried("P01").brokenOff("M06", "interrupted"))).toMatchObject([
      { claim: "volume.P01", verdict: "pass" },
      { claim: "volume.M06", verdict: "inconclusive", detail: "It was broken off: interrupted" },
    ]);
  });
});

describe("a failure that is known", () => {
  const [known, news] = [failed("It keeps its data.", "ENOTCONN"), failed("It can be removed.", "busy")];
  const judgedAs = (key: string, checks: CaseResult["checks"], more: Partial<CaseResult> = {}) => {
    const draft = new VolumeDraft({ known: { [key]: "its server ends with it" } });
    const [finding] = judged(draft.tried("M06", resultOf({ checks, ...more })));
    return finding;
  };

  test.each(["M06", "m06: keeps its DATA"])("as %s neither fails nor passes, and is told with its reason", (key) => {
    const finding = judgedAs(key, [known]);
    expect(finding).toMatchObject({ verdict: "skipped", scope: { known: "its server ends with it" } });
    expect(finding?.detail).toContain("Does not hold: It keeps its data.\nSeen: ENOTCONN.");
    expect(finding?.detail).toMatch(/It is known to fail: its server ends with it\.$/);
  });

  test("hides no other one: of another case, of another check, of the suite", () => {
    expect(judgedAs("M07", [known])).toMatchObject({ verdict: "fail" });
    const { verdict, detail = "" } = judgedAs("M06: keeps its data", [known, news]) ?? {};
    expect(verdict).toBe("fail");
    expect(detail).toMatch(/^Does not hold: It can be removed\./);
    expect(detail).toContain("It is known to fail: its server ends with it.");
    expect(judgedAs("M06", [known], { broke: "no such file" })).toMatchObject({ verdict: "errored" });
  });

  test("that does not come is a pass, which says so", () => {
    const finding = judgedAs("M06", resultOf().checks);
    expect(finding).toMatchObject({ verdict: "pass" });
    expect(finding?.detail).toContain("known to fail (its server ends with it), and holds");
  });
});

test("the worst failures come first, all else in the table's order", () => {
  const bad = resultOf({ checks: [failed("it holds", "it does not")] });
  const draft = new VolumeDraft().tried("G06", bad).tried("P01").tried("M06", bad).tried("M03").tried("P02", bad);
  expect(judged(draft).map(({ claim }) => claim)).toEqual(
    ["M06", "P02", "G06", "P01", "M03"].map((id) => `volume.${id}`),
  );
});

test("cases that stand for original tests say for which", () => {
  const [finding] = judged(new VolumeDraft().tried("M13"));
  expect(finding?.scope).toEqual({ group: "Mount and unmount", severity: "critical", "original test": "9" });
});

test("a case of another version is left out", () => {
  expect(judged(new VolumeDraft().tried("Z99"))).toEqual([]);
});

describe("the headline", () => {
  const headline = (draft: VolumeDraft) => headlineOfVolume(judged(draft));
  const bad = resultOf({ checks: [failed("it holds", "it does not")] });

  test("counts what holds", () => {
    expect(headline(new VolumeDraft().tried("P01").tried("P02"))).toBe("All 2 cases hold.");
  });

  test("names the worst that fails, and counts what could not be tried or judged", () => {
    const draft = new VolumeDraft().tried("P01").tried("P02", bad).tried("M06", bad);
    draft.tried("G12", resultOf({ skipped: "no" })).tried("G01", resultOf({ broke: "no" }));
    expect(headline(draft)).toMatch(
      /^1 of 5 cases hold; 2 fail, the worst: M06 .*; 1 could not be tried here; 1 could not be judged\.$/,
    );
  });

  test("counts those that are known apart", () => {
    const draft = new VolumeDraft({ known: { P02: "so it is" } }).tried("P01").tried("P02", bad);
    expect(headline(draft)).toBe("1 of 2 cases hold; 1 fails as is known.");
    draft.tried("G12", resultOf({ checks: [], skipped: "no" }));
    expect(headline(draft)).toBe("1 of 3 cases hold; 1 fails as is known; 1 could not be tried here.");
  });

  test("says why nothing could be tried, and does not call that a success", () => {
    const skipped = resultOf({ checks: [], skipped: "no namespaces here" });
    expect(headline(new VolumeDraft().tried("P01", skipped).tried("P02", skipped))).toBe(
      "No case could be tried: No namespaces here.",
    );
    expect(headline(new VolumeDraft())).toBe("No case was tried.");
    expect(headline(new VolumeDraft().brokenOff("P01", "interrupted"))).toBe(
      "No case came to an end that could be judged.",
    );
  });
});
