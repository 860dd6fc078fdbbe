import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { temporaryFolder } from "../../../test/fixtures/folders.ts";
import { manifestDraft } from "../../../test/fixtures/runs.ts";
import type { Report, Summary } from "../../core/report.ts";
import { judgeRun } from "../../engine/judge.ts";
import { importFile } from "../../store/import/import-file.ts";
import { mountTesterImporter } from "./import.ts";
import type { SampleOp } from "./model.ts";
import { readSample } from "./reading.ts";
import { visibilityTrial } from "./trial.ts";

interface ForeignSample {
  sample_id: number;
  test_type: string;
  environment: number;
  latency_ms: number;
  timestamp: string;
}
interface ForeignReport {
  metadata: { timestamp: string } & Record<string, unknown>;
  test_config: { num_samples: number; timeout: number; num_environments: number };
  samples: ForeignSample[];
  summary: Record<string, number>;
}

const FILE = path.resolve("test/fixtures/mount-tester-report.json");
const foreign = (): ForeignReport => JSON.parse(fs.readFileSync(FILE, "utf8")) as ForeignReport;
/** The same run without its two time-outs. */
const withoutTimeouts = (): ForeignReport => {
  const report = foreign();
  return {
    ...report,
    test_config: { ...report.test_config, num_samples: 10 },
    samples: report.samples.map((sample, index) => ({ ...sample, sample_id: index })),
    summary: { total_samples: 10, timeouts: 0, success_rate: 1 },
  };
};

const failure = (detail: string) =>
  expect.objectContaining({
    code: "VISIBILITY_FOREIGN_REPORT",
    message: expect.stringContaining(detail) as string,
  }) as Error;

/** From a file to a report, as the command does. */
function judged(document: ForeignReport): Report {
  const folder = temporaryFolder();
  const file = path.join(folder, "report.json");
  fs.writeFileSync(file, JSON.stringify(document, undefined, 2));
  const { versions, command } = manifestDraft();
  const run = importFile(file, [mountTesterImporter], { runsFolder: path.join(folder, "runs"), versions, command });
  const report = judgeRun(run, [visibilityTrial]);
  expect(JSON.stringify(judgeRun(run, [visibilityTrial]))).toBe(JSON.stringify(report));
  return report;
}

function summaryOf({ trials }: Report, labels: Record<string, string>): Summary {
  const key = (one: Record<string, string>) => JSON.stringify(one);
  const found = trials[0]?.summaries.find(
    (one) => one.metric === "visibility.latency" && key(one.labels) === key(labels),
  );
  if (!found) throw new Error(`no summary ${key(labels)}`);
  return found;
}

/** The original's rules, by themselves: divisor n - 1, percentiles by linear interpolation. */
function statisticsOf(values: number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const percentile = (share: number) => {
    const at = share * (sorted.length - 1);
    const below = Math.floor(at);
    const low = sorted[below] ?? 0;
    return low + ((sorted[below + 1] ?? low) - low) * (at - below);
  };
  return {
    count: values.length,
    mean,
    deviation: Math.sqrt(variance),
    min: sorted[0],
    max: sorted.at(-1),
    median: percentile(0.5),
    p95: percentile(0.95),
    p99: percentile(0.99),
  };
}

describe("what is recognised", () => {
  test("is a document with the original's four parts", () => {
    expect(mountTesterImporter.recognise(foreign())).toBe(true);
    for (const part of ["metadata", "test_config", "samples", "summary"]) {
      const { [part]: _, ...others } = foreign() as unknown as Record<string, unknown>;
      expect(mountTesterImporter.recognise(others)).toBe(false);
    }
    for (const other of [null, 5, "text", [], {}]) expect(mountTesterImporter.recognise(other)).toBe(false);
  });
});

describe("the samples", () => {
  const opsOf = (document: unknown): SampleOp[] =>
    [...mountTesterImporter.convert(document).events].flatMap((event) =>
      event.kind === "ok" ? [event.op as SampleOp] : [],
    );

  it("are in the order of their numbers, and a gap is a time-out", () => {
    const ops = opsOf(foreign());
    expect(ops.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(ops.filter(({ look }) => look?.timedOut).map(({ number }) => number)).toEqual([4, 9]);
    expect(ops[7]).toMatchObject({ environment: "env-1", cell: { operation: "write-new", observer: "read" } });
    expect(ops[5]).toMatchObject({ environment: "env-1", cell: { operation: "mkdir", observer: "stat" } });
  });

  it("time out as often as the summary says, and at every gap where it does not say", () => {
    const timeouts = (summary: Record<string, number>) =>
      opsOf({ ...foreign(), summary }).filter(({ look }) => look?.timedOut).length;
    expect([timeouts({ timeouts: 1 }), timeouts({ timeouts: 0 }), timeouts({})]).toEqual([1, 0, 2]);
  });

  it("are read as brackets that begin with the call, since nobody knows what was seen before", () => {
    const events = [...mountTesterImporter.convert(foreign()).events];
    const readings = events.flatMap((event) => readSample(event as never) ?? []);
    expect(
      readings
        .slice(0, 5)
        .map(({ outcome, earliestNs, overdueNs, latestNs, looksAfter }) => [
          outcome,
          earliestNs,
          overdueNs,
          latestNs,
          looksAfter,
        ]),
    ).toEqual([
      ["seen", 0, 0, 146_203_000, 0],
      ["seen", 0, 0, 69_118_000, 0],
      ["seen", 0, 0, 151_770_000, 0],
      ["seen", 0, 0, 139_004_000, 0],
      ["never", 30e9, 30e9, 30e9, 0],
    ]);
  });

  it("keep their distance in time, and never go back", () => {
    const document = foreign();
    const [first, second] = document.samples as [ForeignSample, ForeignSample];
    second.timestamp = first.timestamp.replace("11.125", "10.500");
    const times = [...mountTesterImporter.convert(document).events].map(({ timeNs }) => timeNs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[1]).toBe(1e9);
    expect(times.at(-1)).toBe(63.8e9);
  });

  it("count from the first of them where the report was stamped at its end", () => {
    const document = foreign();
    document.metadata.timestamp = "2025-07-23T14:06:15.000000";
    const imported = mountTesterImporter.convert(document);
    expect(imported.startedAt).toEqual(new Date("2025-07-23T14:05:11.125000"));
    expect([...imported.events].at(-1)?.timeNs).toBe(62.8e9);
  });

  it("number their events from 0, each end pointing at its begin", () => {
    const events = [...mountTesterImporter.convert(foreign()).events];
    expect(events.map(({ index }) => index)).toEqual(events.map((_, index) => index));
    const pairs = events.flatMap((event) => (event.kind === "ok" ? [[event.invokeIndex, event.index]] : []));
    expect(pairs).toHaveLength(12);
    expect(pairs.map(([begin, end]) => (end ?? 0) - (begin ?? 0))).toEqual(pairs.map(() => 1));
    expect(pairs.map(([begin]) => events[begin ?? -1]?.kind)).toEqual(pairs.map(() => "invoke"));
  });
});

describe("statistics of an imported report", () => {
  const latencies = (type?: string) =>
    foreign().samples.flatMap(({ test_type: own, latency_ms: latencyMs }) =>
      type === undefined || own === type ? [latencyMs] : [],
    );

  test.each([
    ["overall", { operation: "all" }, undefined],
    ["of files", { operation: "write-new" }, "file"],
    ["of directories", { operation: "mkdir" }, "directory"],
  ])("%s are the original's", (_, labels, type) => {
    const summary = summaryOf(judged(withoutTimeouts()), labels);
    const expected = statisticsOf(latencies(type));
    expect(summary).toMatchObject({ count: expected.count, censored: 0, min: expected.min, max: expected.max });
    expect(summary.mean.value).toBeCloseTo(expected.mean, 9);
    expect(summary.standardDeviation).toBeCloseTo(expected.deviation, 9);
    expect(summary.p50.value).toBeCloseTo(expected.median, 9);
    expect(summary.p95.value).toBeCloseTo(expected.p95, 9);
    expect(summary.p99.value).toBeCloseTo(expected.p99, 9);
  });

  test("count the time-outs, which the original left out", () => {
    const report = judged(foreign());
    expect(summaryOf(report, { operation: "all" })).toMatchObject({
      count: 12,
      censored: 2,
      censoredAbove: 30_000,
      max: null,
      p99: { value: null },
    });
    expect(summaryOf(report, { operation: "mkdir" })).toMatchObject({ count: 4, censored: 0 });
    const success = report.trials[0]?.summaries.find(({ metric }) => metric === "visibility.success");
    expect(success?.mean.value).toBeCloseTo(foreign().summary["success_rate"] ?? 0, 12);
  });
});

describe("the verdict on an imported report", () => {
  const claimsOf = (report: Report) => report.trials[0]?.findings.map(({ claim, verdict }) => [claim, verdict]);

  test.each<[what: string, document: () => ForeignReport]>([
    ["slow samples", withoutTimeouts],
    ["time-outs", foreign],
    ["nothing but time-outs", () => ({ ...foreign(), samples: [], summary: { timeouts: 12 } })],
    [
      "quick samples",
      () => ({
        ...withoutTimeouts(),
        samples: withoutTimeouts().samples.map((sample) => ({ ...sample, latency_ms: 2 })),
      }),
    ],
    [
      "no samples",
      () => ({ ...foreign(), test_config: { ...foreign().test_config, num_samples: 0 }, samples: [], summary: {} }),
    ],
  ])("is never more than undecided: %s", (_, document) => {
    const report = judged(document());
    expect(report.verdict).toBe("inconclusive");
    expect(report.ended).toBe("completed");
    expect(claimsOf(report)).toContainEqual(["visibility.floor", "inconclusive"]);
    expect(claimsOf(report)?.filter(([, verdict]) => verdict === "fail")).toEqual([]);
  });

  test("claims nothing of what such a report cannot tell", () => {
    const passed = claimsOf(judged(withoutTimeouts()))?.filter(([, verdict]) => verdict === "pass");
    expect(passed?.map(([claim]) => claim).sort()).toEqual(["visibility.measured", "visibility.seen"]);
  });

  test("says how the samples were taken, on what, and that the class is assumed", () => {
    const [trial] = judged(foreign()).trials;
    const fact = (title: string, name: string) =>
      new Map(trial?.facts.find((sheet) => sheet.title === title)?.facts).get(name);
    expect(fact("Method", "method")).toContain("each look was one exec");
    expect(fact("Method", "method")).toContain("no floor was measured");
    expect(fact("The mount", "class, host-to-container")).toContain("assumed");
    expect(trial?.headline).toMatch(
      /^Half of 12 changes were seen within 1\d\d ms.* 2 of 12 were never seen\. Some claims could not be judged\.$/,
    );
  });

  test("tells machine, engine and source", () => {
    const sheets = new Map(judged(foreign()).environment.map(({ title, facts }) => [title, new Map(facts)]));
    expect(sheets.get("Machine")?.get("platform")).toBe("macOS-15.5-arm64-arm-64bit");
    expect(sheets.get("Machine")?.get("uname")).toContain('"release":"24.5.0"');
    expect(sheets.get("Runtime")?.get("version")).toBe("28.1.1");
    expect(sheets.get("Imported from")?.get("kind")).toBe("mount-tester");
  });
});

describe("a report that is not the original's", () => {
  const changed = (change: (report: ForeignReport) => void) => {
    const report = foreign();
    change(report);
    return () => mountTesterImporter.convert(report);
  };
  const first = (report: ForeignReport) => report.samples[0] as ForeignSample & Record<string, unknown>;

  test.each<[what: string, change: (report: ForeignReport) => void, detail: string]>([
    ["lacks the time-out", (report) => Reflect.deleteProperty(report.test_config, "timeout"), "test_config.timeout"],
    ["has a time-out of 0", (report) => (report.test_config.timeout = 0), "test_config.timeout"],
    ["has a count that is none", (report) => (report.test_config.num_samples = 1.5), "test_config.num_samples"],
    ["has more samples than can be", (report) => (report.test_config.num_samples = 1e15), "test_config.num_samples"],
    ["has samples that are no list", (report) => (report.samples = {} as never), "samples"],
    ["has an unknown type", (report) => (first(report).test_type = "socket"), "samples[0].test_type"],
    ["has a latency that is text", (report) => (first(report).latency_ms = "5" as never), "samples[0].latency_ms"],
    ["has a negative latency", (report) => (first(report).latency_ms = -1), "samples[0].latency_ms"],
    ["has a latency beyond all time", (report) => (first(report).latency_ms = 1e300), "samples[0].latency_ms"],
    [
      "has a sample without a number",
      (report) => Reflect.deleteProperty(first(report), "sample_id"),
      "samples[0].sample_id",
    ],
    ["has a number twice", (report) => (first(report).sample_id = 1), "two samples have the same sample_id"],
    [
      "has a sample's time that is none",
      (report) => (first(report).timestamp = "yesterday"),
      '"yesterday" is not a time',
    ],
    ["has a time that is none", (report) => (report.metadata.timestamp = ""), '"" is not a time'],
    ["lacks the time", (report) => Reflect.deleteProperty(report.metadata, "timestamp"), "metadata.timestamp"],
    ["has negative time-outs", (report) => (report.summary["timeouts"] = -1), "summary.timeouts"],
  ])("%s: refused by name", (_, change, detail) => {
    expect(changed(change)).toThrow(failure(detail));
  });

  test("may hold more than is known", () => {
    expect(changed((report) => (report.metadata["comment"] = "kept out"))).not.toThrow();
    expect(changed((report) => (report.summary["p95"] = 5))).not.toThrow();
  });

  test("is refused by the file's name when it is imported", () => {
    const folder = temporaryFolder();
    const file = path.join(folder, "bad.json");
    fs.writeFileSync(file, JSON.stringify({ ...foreign(), samples: 5 }));
    const { versions, command } = manifestDraft();
    expect(() =>
      importFile(file, [mountTesterImporter], { runsFolder: path.join(folder, "runs"), versions, command }),
    ).toThrow(
      expect.objectContaining({
        code: "IMPORT_UNREADABLE",
        message: expect.stringMatching(/bad\.json.*samples/s) as string,
      }),
    );
    expect(fs.existsSync(path.join(folder, "runs"))).toBe(false);
  });
});
