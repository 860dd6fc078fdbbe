import { describe, expect, test } from "vitest";
import {
  contextOf,
  draftHistory,
  type HistoryDraft,
  judge,
  lateLooks,
  vainLooks,
} from "../../../test/fixtures/visibility-history.ts";
import type { FactSheet, Finding } from "../../core/report.ts";
import type { Verdict } from "../../core/verdict.ts";
import { summarise } from "../../engine/summarise.ts";
import { factsOfVisibility } from "./facts.ts";
import { headlineOfVisibility } from "./headline.ts";
import { measureVisibility, visibilityMetrics } from "./measure.ts";
import { NOTES } from "./notes.ts";

function summariesOf({ events }: HistoryDraft) {
  const fold = measureVisibility(contextOf());
  for (const event of events) fold.see(event);
  const unitOf = (metric: string) => visibilityMetrics.find(({ id }) => id === metric)?.unit ?? "count";
  return fold.finish().map((series) => summarise(series, unitOf(series.metric)));
}

const finding = (claim: string, verdict: Verdict): Finding => ({
  claim: `visibility.${claim}`,
  statement: "",
  verdict,
  detail: "",
  scope: {},
  events: [],
  eventCount: 0,
});

describe("the headline", () => {
  const seen = draftHistory();
  seen.floors(0.25);
  for (let count = 0; count < 20; count++) seen.sample({ looks: lateLooks(5) });
  const summaries = summariesOf(seen);

  test("tells median, interval, tail and floor", () => {
    expect(headlineOfVisibility([finding("seen", "pass")], summaries)).toBe(
      "Half of 20 changes were seen within 5 ms [5 ms to 5 ms], 99 % within 5 ms (detection floor 250 µs to 250 µs). Every claim held.",
    );
  });

  test.each<[verdicts: [string, Verdict][], words: string]>([
    [
      [
        ["seen", "pass"],
        ["prompt", "fail"],
        ["content", "fail"],
        ["prompt", "fail"],
      ],
      "Broken: prompt, content.",
    ],
    [
      [
        ["seen", "pass"],
        ["limit", "inconclusive"],
      ],
      "Some claims could not be judged.",
    ],
    [
      [
        ["seen", "pass"],
        ["floor", "errored"],
      ],
      "Some claims could not be judged.",
    ],
    [
      [
        ["seen", "pass"],
        ["events-arrive", "skipped"],
      ],
      "Every claim that could be tried held; 1 skipped.",
    ],
    [[["events-arrive", "skipped"]], "Some claims could not be judged."],
    [[], "Some claims could not be judged."],
  ])("tells how the claims %j ended", (verdicts, words) => {
    const findings = verdicts.map(([claim, verdict]) => finding(claim, verdict));
    expect(headlineOfVisibility(findings, summaries).endsWith(` ${words}`)).toBe(true);
  });

  test("says more than the time-out where that is all that is known", () => {
    const lossy = draftHistory();
    for (let count = 0; count < 9; count++) lossy.sample({ looks: lateLooks(5) });
    lossy.sample({ looks: vainLooks() });
    expect(headlineOfVisibility([], summariesOf(lossy))).toContain(
      "Half of 10 changes were seen within 5 ms [5 ms to 5 ms], 99 % within more than 15 s; 1 of 10 were never seen.",
    );
  });

  test("says when nothing was measured", () => {
    expect(headlineOfVisibility([], [])).toBe("Nothing was measured.");
    const floors = draftHistory();
    floors.floors();
    expect(headlineOfVisibility(judge(floors), summariesOf(floors))).toBe("Nothing was measured.");
  });
});

describe("the facts", () => {
  const factsOf = (history: HistoryDraft, raw: Record<string, unknown> = {}): FactSheet[] => {
    const fold = factsOfVisibility(contextOf({ directions: ["host-to-container"], ...raw }));
    for (const event of history.events) fold.see(event);
    return fold.finish();
  };
  const sheet = (sheets: FactSheet[], title: string) => new Map(sheets.find((one) => one.title === title)?.facts);

  test("tell the class, every side's mount and every side's clock", () => {
    const history = draftHistory();
    history.mount("nfs4");
    const sheets = factsOf(history);
    expect(sheets.map(({ title }) => title)).toEqual(["The mount", "Clocks"]);
    const mount = sheet(sheets, "The mount");
    expect(mount.get("class, host-to-container")).toBe("close-to-open");
    expect(mount.get("env-0/main")).toBe("/subject on nfs4, source share, device 0:40, root /, options rw; ");
    expect(sheet(sheets, "Clocks").get("host")).toBe("same kernel, one monotonic clock; Linux 6.0, x64, Node v20.19.0");
  });

  test("tell whether the class was told or is assumed", () => {
    const told = sheet(factsOf(draftHistory(), { expect: "ttl-cache" }), "The mount");
    expect(told.get("class, host-to-container")).toBe("ttl-cache (as told)");
    const assumed = sheet(factsOf(draftHistory()), "The mount");
    expect(assumed.get("class, host-to-container")).toBe("native (assumed: no side told of its mount)");
  });

  test("tell between which bounds another clock lies", () => {
    const history = draftHistory();
    const clock = { side: "host", kernel: "6.0", arch: "arm64", nodeVersion: "v22.0.0", nativeMissing: "no binary" };
    history.note(NOTES.clock, {
      ...clock,
      relation: { sameKernel: false, offsetLowNs: -20_000, offsetHighNs: 60_000 },
    });
    expect(sheet(factsOf(history), "Clocks").get("host")).toBe(
      "another clock, offset between -20 µs and 60 µs; Linux 6.0, arm64, Node v22.0.0; no binary",
    );
  });

  test("tell the method of another tool and the cells that were given up", () => {
    const history = draftHistory();
    history.note(NOTES.method, "one exec a look");
    history.note(NOTES.abandoned, { cell: { operation: "xattr", state: "never" }, reason: "ENOTSUP" });
    const sheets = factsOf(history);
    expect(sheet(sheets, "Method").get("method")).toBe("one exec a look");
    expect(sheet(sheets, "Cells given up").get("xattr never")).toBe("ENOTSUP");
  });
});
