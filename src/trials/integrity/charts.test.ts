import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  damaged,
  fioRun,
  foldRecord,
  goodRun,
  IntegrityDraft,
  interruptedRun,
  lyingRun,
  tornRun,
} from "../../../test/fixtures/integrity-history.ts";
import type { Chart } from "../../core/report.ts";
import { reportSchema } from "../../core/report-schema.ts";
import { chartIntegrity } from "./charts.ts";
import { DAMAGE_KINDS } from "./model.ts";

const drawn = (record: IntegrityDraft): Chart[] => foldRecord(record, chartIntegrity);

function chart<Kind extends Chart["kind"]>(all: readonly Chart[], kind: Kind, id: string) {
  const found = all.find((one) => one.id === id);
  if (found?.kind !== kind) throw new Error(`no ${kind} called ${id}`);
  return found as Chart & { kind: Kind };
}

/** The bands of one class: row, from, to. */
function bandsOf({ classes, bands }: Chart & { kind: "bands" }, name: string): [number, number, number][] {
  const index = classes.findIndex((one) => one.name === name);
  return bands.filter((band) => band[3] === index).map(([row, from, to]) => [row, from, to]);
}

test("without data there is no chart", () => {
  expect(drawn(interruptedRun())).toEqual([]);
});

describe("the timeline", () => {
  const timeline = chart(drawn(tornRun()), "bands", "timeline");

  test("has a row for each kind of fault, for writing and for reading back", () => {
    expect(timeline.y.categories).toEqual(["write error", "writing", "reading back"]);
    expect(chart(drawn(goodRun()), "bands", "timeline").y.categories).toEqual([
      "power cut",
      "kill",
      "writing",
      "reading back",
    ]);
  });

  test("shows while calls failed, as one stretch", () => {
    const [fault] = bandsOf(timeline, "fault");
    const failing = bandsOf(timeline, "calls failed");
    expect(failing).toHaveLength(1);
    expect(failing[0]?.[1]).toBeCloseTo(fault?.[1] ?? 0, 6);
    expect(failing[0]?.[2]).toBeCloseTo(fault?.[2] ?? 0, 6);
  });

  test("tells readings that found damage from those that did not, and those without an end", () => {
    expect(bandsOf(timeline, "read back, damage found")).toHaveLength(3);
    const cut = goodRun();
    cut.events.pop();
    const last = chart(drawn(cut), "bands", "timeline");
    expect(bandsOf(last, "read back, all as promised")).toHaveLength(5);
    expect(bandsOf(last, "came to no end")).toHaveLength(1);
  });
});

test("a timeline of very many readings is thinned, and what they found stays", () => {
  const record = new IntegrityDraft({ workload: "random", workers: 1 }).prepared().session().wrote(1);
  for (let i = 0; i < 1500; i++) record.read({ damages: i % 500 === 7 ? [damaged("torn", 1, 1)] : [] });
  const timeline = chart(drawn(record), "bands", "timeline");
  expect(timeline.count).toBe(1501);
  expect(timeline.bands.length).toBe(timeline.count - timeline.thinned);
  expect(timeline.bands.length).toBeLessThanOrEqual(1000);
  expect(bandsOf(timeline, "read back, damage found")).toHaveLength(3);
});

describe("the map", () => {
  test("of a good run is calm: no region has one of its own", () => {
    const all = drawn(goodRun());
    const map = chart(all, "bands", "damage-map");
    expect(map.classes.map(({ tone }) => tone)).toEqual(["calm", "faint"]);
    expect(bandsOf(map, "as promised")).toEqual([0, 1, 2, 3].map((row) => [row, 0, 100]));
    expect(all.filter(({ id }) => id.startsWith("damage-map-"))).toEqual([]);
  });

  test("has each damage at its place, in the region and reading by reading", () => {
    const all = drawn(lyingRun());
    const overview = chart(all, "bands", "damage-map");
    expect(overview.classes.filter(({ tone }) => tone === "bad").map(({ name }) => name)).toEqual([
      "lost-write",
      "zeroed",
    ]);
    // Block 12,300 of 16,384.
    expect(bandsOf(overview, "zeroed")[0]?.[1]).toBeCloseTo((100 * 12_300) / 16_384, 0);
    const detail = chart(all, "bands", "damage-map-1");
    expect(detail.y.categories).toEqual([
      "1, after power cut",
      "2, after power cut",
      "3, writer, direct",
      "4, writer, buffered",
      "5, reader, direct",
    ]);
    expect(bandsOf(detail, "zeroed").map(([row]) => row)).toEqual([1, 2, 3, 4]);
    expect(bandsOf(detail, "zeroed")[0]?.[1]).toBeCloseTo((12_300 * 4096) / 2 ** 20, 0);
    expect(detail.x.unit).toBe("MiB");
  });

  test("stays small, however much is damaged", () => {
    const everywhere = Array.from({ length: 200 }, (_, i) => damaged(i % 2 === 0 ? "torn" : "garbage", i * 80, 40));
    const record = new IntegrityDraft({ workload: "random" }).prepared().session();
    for (let i = 0; i < 60; i++) record.wrote(1).read({ damages: everywhere });
    const detail = chart(drawn(record), "bands", "damage-map-1");
    expect(detail.y.categories?.length).toBeLessThanOrEqual(24);
    expect(detail.bands.length).toBeLessThan(24 * 402);
  });

  test("of many readings keeps those at which something changed", () => {
    const record = new IntegrityDraft({ workload: "random" }).prepared().session();
    for (let i = 0; i < 60; i++) record.wrote(1).read(i === 33 ? { damages: [damaged("torn", 5, 1)] } : {});
    const rows = chart(drawn(record), "bands", "damage-map-1").y.categories ?? [];
    expect(rows.map((row) => row.split(",")[0])).toEqual(["1", "33", "34", "35", "60"]);
  });

  test("of fio's is by generation, as it tells", () => {
    const map = chart(drawn(fioRun([[8 * 2 ** 20, 65_536]])), "bands", "damage-map");
    expect(map.y.categories).toHaveLength(5);
    expect(bandsOf(map, "bad, as fio tells").map(([row, from]) => [row, Math.round(from)])).toEqual([[4, 8]]);
  });
});

describe("throughput over time", () => {
  const { series, spans, y } = chart(drawn(goodRun()), "step", "write-throughput");

  test("is zero while the storage is away, and has the faults behind it", () => {
    expect(spans?.map(({ label }) => label)).toEqual(["power cut", "kill", "power cut"]);
    expect(y.unit).toBe("MiB/s");
    const points = series[0]?.points ?? [];
    for (const { from, to } of spans ?? []) {
      const away = points.filter(([at]) => at > from + 0.1 && at < to);
      expect(away.length).toBeGreaterThan(0);
      for (const [, rate] of away) expect(rate).toBe(0);
    }
  });

  test("counts what a stretch had synced before the crash, and no more", () => {
    const record = new IntegrityDraft({ workload: "random", workers: 1 }).prepared().session().crashed("crash");
    const line = chart(drawn(record), "step", "write-throughput");
    expect(line.y.unit).toBe("MiB/s");
    // 48 slots of 64 KiB in the only window, of a tenth of a second.
    expect(line.series[0]?.points.map(([, rate]) => rate)).toEqual([30, 0]);
  });

  test("is about what was written", () => {
    const rates = (series[0]?.points ?? []).map(([, rate]) => rate);
    expect(Math.max(...rates)).toBeGreaterThan(100);
    expect(Math.max(...rates)).toBeLessThan(200);
  });
});

describe("latencies", () => {
  test("have no quantile that there are too few calls for", () => {
    const { series, x } = chart(
      drawn(new IntegrityDraft().prepared().session().wrote(2)),
      "line",
      "latency-percentiles",
    );
    expect(x.categories).toEqual(["least", "p50", "p90", "p99", "most"]);
    // 480 writes and 28 syncs.
    expect(series.map(({ name, points }) => [name, points.length])).toEqual([
      ["write", 5],
      ["sync", 4],
    ]);
  });

  test("rise with the share, and the curve ends at all", () => {
    const all = drawn(goodRun());
    for (const { points } of chart(all, "line", "latency-percentiles").series)
      expect(points.map(([, latency]) => latency)).toEqual(points.map(([, latency]) => latency).sort((a, b) => a - b));
    const { series } = chart(all, "step", "latency-cumulative");
    expect(series.map(({ points }) => points.at(-1)?.[1])).toEqual([1, 1, 1, 1]);
  });

  test("of fio stand where it tells them", () => {
    const { series, x } = chart(drawn(fioRun()), "line", "latency-percentiles");
    expect(x.categories).toEqual(["p50", "p99", "p99.9", "most"]);
    expect(series.map(({ name }) => name)).toEqual(["fio write, median of the jobs", "fio verify, median of the jobs"]);
  });
});

test("whatever was recorded, every chart is one that a report may hold", () => {
  const chartsSchema = reportSchema.shape.trials.element.shape.charts;
  const step = fc.oneof(
    fc.integer({ min: 1, max: 4 }).map((count) => (record: IntegrityDraft) => record.wrote(count)),
    fc.constantFrom("crash" as const, "power-cut" as const).map((kind) => (record: IntegrityDraft) => {
      return record.crashed(kind).session();
    }),
    fc.tuple(fc.constantFrom(...DAMAGE_KINDS), fc.nat(16_383), fc.integer({ min: 1, max: 900 })).map(
      ([kind, block, blocks]) =>
        (record: IntegrityDraft) =>
          record.read({ damages: [damaged(kind, block, blocks)] }),
    ),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.nat(5), (steps, lost) => {
      const record = new IntegrityDraft().prepared().session();
      for (const take of steps) take(record);
      record.events.splice(record.events.length - lost);
      const charts = drawn(record);
      const parsed = chartsSchema.safeParse(charts);
      expect(parsed.success, parsed.success ? "" : z.prettifyError(parsed.error)).toBe(true);
      expect(JSON.parse(JSON.stringify(charts))).toEqual(charts);
      for (const { bands, classes, y } of charts.filter((one) => one.kind === "bands"))
        for (const [row, from, to, index] of bands) {
          expect(y.categories?.[row]).toBeDefined();
          expect(classes[index]).toBeDefined();
          expect(to).toBeGreaterThanOrEqual(from);
        }
    }),
    { numRuns: 40 },
  );
});
