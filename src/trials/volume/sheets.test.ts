import { describe, expect, test } from "vitest";
import { z } from "zod";
import { failed, resultOf, VolumeDraft } from "../../../test/fixtures/volume-history.ts";
import { reportSchema } from "../../core/report-schema.ts";
import type { Chart } from "../../core/report.ts";
import { chartVolume } from "./charts.ts";
import { factsOfVolume } from "./facts.ts";
import { measureVolume, volumeMetrics } from "./measure.ts";

const bad = resultOf({ checks: [failed("it holds", "it does not")] });
const timed = (call: string, load: string, valuesNs: number[]) => resultOf({ timings: [{ call, load, valuesNs }] });

function draft(): VolumeDraft {
  return new VolumeDraft({ skip: ["S"], goodOptions: { size: "1g", secret: "hush" } })
    .driver()
    .tried("P01", timed("Get", "alone", [1e6, 2e6]))
    .tried("C01", resultOf({ observations: ["a second Create is refused", "its names are folded"] }))
    .tried("M06", bad)
    .tried("M12", timed("Get", "alone", [3e6]))
    .tried("M11", resultOf({ skipped: "there is no second host" }))
    .tried("G12", resultOf({ skipped: "there is no second host" }));
}

describe("figures", () => {
  test("of one call under one load are one series, whichever case timed it", () => {
    const series = draft().fold(measureVolume);
    expect(series.find(({ metric }) => metric === "volume.call-time")).toMatchObject({
      labels: { call: "Get", load: "alone" },
      values: [1e6, 2e6, 3e6],
    });
    expect(series.find(({ metric }) => metric === "volume.case-time")?.values).toEqual([1e9, 1e9, 1e9, 1e9]);
  });

  test("are of metrics that are declared, and there are none of nothing", () => {
    const declared = volumeMetrics.map(({ id }) => id);
    expect(declared).toEqual(
      expect.arrayContaining(
        draft()
          .fold(measureVolume)
          .map(({ metric }) => metric),
      ),
    );
    expect(new VolumeDraft().fold(measureVolume)).toEqual([]);
  });
});

describe("charts", () => {
  const charts = draft().fold(chartVolume);
  const chart = <Kind extends Chart["kind"]>(kind: Kind) =>
    charts.find((one): one is Chart & { kind: Kind } => one.kind === kind);

  test("are what a report takes", () => {
    expect(z.array(reportSchema.shape.trials.element.shape.charts.element).safeParse(charts).error).toBeUndefined();
  });

  test("show where it fails, without what was not tried", () => {
    const map = chart("heatmap");
    expect(map?.y.categories).toEqual(["P Protocol", "C Create", "M Mount and unmount"]);
    expect(
      map?.cells.filter(([, , value]) => value !== null).map(([x, y, value, text]) => [x, y, value, text]),
    ).toEqual(expect.arrayContaining([[0, 2, 0.5, "1 of 2 fail"]]));
    expect(map?.count).toBe(4);
  });

  test("show how long calls took, in milliseconds", () => {
    expect(chart("box")).toMatchObject({ boxes: [[1, 1.5, 2, 2.5, 3]], count: 3 });
    expect(chart("box")?.y.categories).toEqual(["Get, alone"]);
  });

  test("show each case in the run's time by how it ended", () => {
    const { bands = [], classes = [] } = chart("bands") ?? {};
    expect(bands.map(([row, from, to, kind, text]) => [row, to - from, classes[kind]?.name, text.slice(0, 3)])).toEqual(
      [
        [0, 1, "pass", "P01"],
        [1, 1, "pass", "C01"],
        [2, 1, "fail", "M06"],
        [2, 1, "pass", "M12"],
      ],
    );
  });

  test("without data are none", () => {
    expect(new VolumeDraft().fold(chartVolume)).toEqual([]);
  });
});

describe("facts", () => {
  const sheets = new Map(
    draft()
      .fold(factsOfVolume)
      .map(({ title, facts }) => [title, new Map(facts)]),
  );

  test("name the driver and the options that it was given, not what they said", () => {
    const driver = sheets.get("The driver");
    expect(driver?.get("options of each Create")).toBe("size, secret");
    expect(JSON.stringify([...(driver ?? [])])).not.toContain("hush");
    expect(driver?.get("Activate")).toContain("Implements");
  });

  test("say how far the suite could reach", () => {
    const reach = sheets.get("How far the suite could reach");
    expect(reach?.get("a second host")).toMatch(/^none/);
    expect(reach?.get("mounts")).toBe("what it mounts was looked at");
  });

  test("name the failures that are known, which are none of those that were not tried", () => {
    const known = new VolumeDraft({ known: { M06: "so it is" } }).driver().tried("M06", bad);
    const facts = new Map(known.fold(factsOfVolume).map(({ title, facts: of }) => [title, of]));
    expect(facts.get("Failures that are known")).toEqual([["M06", "fails: so it is"]]);
    expect(facts.has("Cases that were not tried")).toBe(false);
  });

  test("tell what it does where either is right, what the original tests came to, and what was not tried", () => {
    expect(sheets.get("What it does where either is right")?.get("C01")).toBe(
      "a second Create is refused; its names are folded",
    );
    const original = sheets.get("The eleven original tests");
    expect(original?.get("8. create and mount by several containers at once")).toBe("M11 skipped");
    expect(original?.get("1. install the driver")).toBe("not in this run");
    expect(original?.size).toBe(11);
    const left = sheets.get("Cases that were not tried");
    expect(left?.get("G12, M11")).toBe("There is no second host.");
  });
});
