import { describe, expect, test } from "vitest";
import {
  damaged,
  fioRun,
  foldRecord,
  goodRun,
  IntegrityDraft,
  interruptedRun,
  lyingRun,
} from "../../../test/fixtures/integrity-history.ts";
import type { Series } from "../../core/metric.ts";
import { summarise } from "../../engine/summarise.ts";
import { integrityMetrics, measureIntegrity } from "./measure.ts";

const measured = (record: IntegrityDraft): Series[] => foldRecord(record, measureIntegrity);

function find(all: readonly Series[], name: string, labels: Record<string, string> = {}): Series | undefined {
  return all.find(
    ({ metric, labels: found }) => metric === `integrity.${name}` && JSON.stringify(found) === JSON.stringify(labels),
  );
}

/** Of one worker that writes one region: all numbers can be worked out by hand. */
const single = (): IntegrityDraft => new IntegrityDraft({ workload: "random", workers: 1 }).prepared().session();

describe("what was acknowledged", () => {
  test("is what syncs had covered, session by session", () => {
    // Two stretches of 120 steps: the second is covered up to its 112th.
    expect(find(measured(single().wrote(2)), "acknowledged")?.values).toEqual([(120 + 112) * 65_536]);
  });

  test("counts the syncs that a crash left, not the stretch", () => {
    const crashed = single().wrote(1).crashed("crash").session().wrote(1);
    expect(find(measured(crashed), "acknowledged")?.values).toEqual([(120 + 48) * 65_536, 112 * 65_536]);
  });

  test("leaves out what a failed sync had covered", () => {
    const doomed = single().wrote(1, { doomed: [[10, 40]] });
    expect(find(measured(doomed), "acknowledged")?.values).toEqual([(112 - 30) * 65_536]);
  });

  test("counts each region's own slots", () => {
    const mixed = new IntegrityDraft({ workload: "mixed", workers: 1 }).prepared().session().wrote(1);
    // Four regions take turns: 28 steps each of 64 KiB, 64 KiB, 4 KiB and 4 KiB.
    expect(find(measured(mixed), "acknowledged")?.values).toEqual([28 * 2 * (65_536 + 4096)]);
  });
});

describe("latencies", () => {
  test("are classes of all calls", () => {
    const all = measured(single().wrote(3).read());
    const total = (series?: Series) => series?.counts?.reduce((sum, count) => sum + count, 0);
    expect(total(find(all, "write-latency"))).toBe(360);
    expect(total(find(all, "sync-latency"))).toBe(21);
    expect(total(find(all, "read-latency", { path: "direct" }))).toBe(400);
    expect(find(all, "read-latency", { path: "buffered" })).toBeUndefined();
  });

  test("of fio are what it tells, job by job", () => {
    const all = measured(fioRun());
    expect(find(all, "write-latency", { engine: "fio", statistic: "p99" })?.values).toHaveLength(5);
    expect(find(all, "read-throughput", { engine: "fio" })?.values).toEqual(new Array(5).fill(4e8 / 0.6));
    expect(find(all, "acknowledged", { engine: "fio" })?.values).toEqual(new Array(5).fill(256 * 2 ** 20));
    expect(find(all, "write-latency")).toBeUndefined();
  });
});

describe("crashes", () => {
  test("have what was in flight, and how long they took", () => {
    const all = measured(goodRun());
    expect(find(all, "uncertain-slots")?.values).toHaveLength(3);
    expect(find(all, "reordered-slots")?.values).toHaveLength(3);
    expect(find(all, "return-time", { fault: "power-cut" })?.values).toEqual([350, 350]);
    expect(find(all, "return-time", { fault: "crash" })?.values).toEqual([350]);
  });

  test("after which nothing came back are kept as longer than what was left of the record", () => {
    const record = single().wrote(1).crashed("power-cut");
    const cut = record.events.findIndex(({ kind }) => kind === "fault-injected");
    const events = record.events.slice(0, cut + 2);
    const series = find(foldRecord({ context: record.context, events }, measureIntegrity), "return-time", {
      fault: "power-cut",
    });
    expect(series).toMatchObject({ values: [], censored: 1, censoredAbove: 0 });
  });

  test("leave no damage where there is none", () => {
    expect(measured(goodRun()).filter(({ metric }) => metric === "integrity.damaged-blocks")).toEqual([]);
  });
});

test("damage is counted by kind, once for each reading that found it", () => {
  const all = measured(lyingRun());
  expect(find(all, "damaged-blocks", { damage: "lost-write" })?.values).toEqual([15, 15, 15, 15]);
  expect(find(all, "damaged-blocks", { damage: "zeroed" })?.values).toEqual([40, 40, 40, 40]);
});

test("throughput of a short run is by tenths of a second, of all workers together", () => {
  const values = find(measured(new IntegrityDraft().prepared().session().wrote(20)), "write-throughput")?.values ?? [];
  expect(values.length).toBeGreaterThan(15);
  // Two workers of 120 slots of 64 KiB in about a tenth of a second.
  for (const value of values) expect(value / (2 * 120 * 65_536 * 10)).toBeCloseTo(1, 0);
});

test("a run that was interrupted before anything has no number", () => {
  expect(measured(interruptedRun())).toEqual([]);
});

test("every series is of a metric that is declared, and can be summed up", () => {
  for (const record of [
    goodRun(),
    lyingRun(),
    fioRun(),
    single()
      .wrote(1)
      .read({ damages: [damaged("torn", 3, 1)] }),
  ])
    for (const series of measured(record)) {
      const metric = integrityMetrics.find(({ id }) => id === series.metric);
      expect(metric, series.metric).toBeDefined();
      expect(summarise(series, metric?.unit ?? "count").count).toBeGreaterThan(0);
    }
});
