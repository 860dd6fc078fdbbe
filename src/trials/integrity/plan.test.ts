import { describe, expect, test } from "vitest";
import { createRandom } from "../../core/random.ts";
import { integrityFlags, integrityOptions, integrityProfiles } from "./options.ts";
import { planIntegrity } from "./plan.ts";

const plan = (options: Record<string, unknown> = {}, seed = "seed") =>
  planIntegrity(integrityOptions.parse(options), createRandom(seed));

const codeOf = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "";
};

describe("the plan", () => {
  test("is the same for the same seed, another for another", () => {
    expect(plan()).toEqual(plan());
    expect(plan({}, "a").steps.workload.runId).not.toBe(plan({}, "b").steps.workload.runId);
    expect(plan().steps.workload.runId).toMatch(/^[0-9a-f]{32}$/);
  });

  test("without a name the storage is a directory of the run; a path is its parent", () => {
    const [environment] = plan().environments;
    expect(environment?.containers[0]?.binds).toEqual([{ source: "{workdir}/data", target: "/subject" }]);
    expect(plan().workdirParent).toBeUndefined();
    expect(plan({ path: "/mnt/x" }).workdirParent).toBe("/mnt/x");
  });

  test("a volume is shared with others: the run has a directory of its own in it", () => {
    const { environments, steps } = plan({ volume: "data" });
    expect(environments[0]?.containers[0]).toMatchObject({
      volumes: [{ volume: "data", target: "/subject" }],
      binds: [],
    });
    expect(steps.directory).toMatch(/^\/subject\/seatrial-[0-9a-f]{8}$/);
  });

  test("a disk of the lab has its power cut; anything else its container killed", () => {
    const disk = { fileSystem: "xfs" };
    expect(plan({ crashes: 3, disk }).faults.map(({ kind }) => kind)).toEqual(["power-cut", "power-cut", "power-cut"]);
    expect(plan({ crashes: 2 }).faults.map(({ kind, spec }) => ({ kind, spec }))).toEqual([
      { kind: "crash", spec: { container: "writer" } },
      { kind: "crash", spec: { container: "writer" } },
    ]);
    expect(plan({ crashes: 2, disk, crash: "kill" }).faults.every(({ kind }) => kind === "crash")).toBe(true);
    expect(
      plan({ crashes: 4, disk, crash: "both" }).faults.filter(({ kind }) => kind === "power-cut").length,
    ).toBeGreaterThanOrEqual(2);
    expect(plan({ disk: { fileSystem: "ext4", record: true } }).environments[0]?.disks?.[0]?.log).toBe(
      "{artifacts}/disk.log",
    );
  });

  test("crashes come in order, each in its own share of the time", () => {
    for (const seed of ["a", "b", "c", "d"]) {
      const { faults } = plan({ crashes: 10, durationMs: 5_000, downMs: 300 }, seed);
      for (const [index, { startMs }] of faults.entries()) {
        expect(startMs).toBeGreaterThanOrEqual(500 * index + 100);
        expect(startMs).toBeLessThan(500 * (index + 1) - 45);
      }
    }
  });

  test("each workload writes its kinds of regions, and the mixed one all", () => {
    const kinds = (workload: string) => plan({ workload }).steps.workload.regions.map(({ kind }) => kind);
    expect(kinds("random")).toEqual(["in-place"]);
    expect(kinds("append")).toEqual(["append"]);
    expect(kinds("small-files")).toEqual(["files"]);
    expect(kinds("replace")).toEqual(["replace"]);
    expect(kinds("mixed")).toEqual(["in-place", "append", "files", "replace"]);
    expect(plan({ workload: "mixed" }).steps.workload.regions.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    expect(plan({ workload: "sequential" }).steps.workload.order).toBe("sequential");
    expect(plan({ workload: "append", workers: 4 }).steps.workload.workers).toBe(1);
  });

  test("a queue is part of the workload where there is one", () => {
    expect(plan({ queueDepth: 32 }).steps.workload.queueDepth).toBe(32);
    expect(plan({ queueDepth: 1, workload: "append" }).steps.workload).not.toHaveProperty("queueDepth");
    expect(integrityOptions.safeParse({ queueDepth: 257 }).success).toBe(false);
  });

  test("a second reader is another container on the same storage", () => {
    expect(plan().environments[0]?.containers.map(({ name }) => name)).toEqual(["writer", "reader"]);
    expect(plan({ secondReader: false }).environments[0]?.containers.map(({ name }) => name)).toEqual(["writer"]);
  });

  test.each(Object.keys(integrityProfiles))("the profile %s can be planned", (profile) => {
    const { estimate } = plan({ ...integrityProfiles[profile as keyof typeof integrityProfiles] });
    expect(estimate.durationMs).toBeGreaterThan(1000);
  });
});

describe("what cannot be is refused with a code", () => {
  const disk = { fileSystem: "ext4" };
  test.each([
    [{ path: "/a", volume: "b" }, "INTEGRITY_SUBJECT"],
    [{ path: "/a", disk }, "INTEGRITY_SUBJECT"],
    [{ crash: "power-cut" }, "INTEGRITY_SUBJECT"],
    [{ blockBytes: 5000, sizeBytes: 50_000 }, "INTEGRITY_GEOMETRY"],
    [{ blockBytes: 8192, sizeBytes: 12_288 }, "INTEGRITY_GEOMETRY"],
    [{ blockBytes: 65_536, sizeBytes: 65_536, workers: 4, workload: "random" }, "INTEGRITY_GEOMETRY"],
    [{ disk: { fileSystem: "ext4", sizeBytes: 64 * 2 ** 20 }, sizeBytes: 64 * 2 ** 20 }, "INTEGRITY_GEOMETRY"],
    [{ queueDepth: 2, workload: "append" }, "INTEGRITY_QUEUE"],
    [{ queueDepth: 2, direct: "off" }, "INTEGRITY_QUEUE"],
    [{ queueDepth: 256, blockBytes: 2 ** 20, sizeBytes: 2 ** 26, workers: 2 }, "INTEGRITY_GEOMETRY"],
    [{ engine: "fio", workload: "append" }, "INTEGRITY_ENGINE"],
    [{ engine: "fio", workload: "replace" }, "INTEGRITY_ENGINE"],
    [{ engine: "fio", sync: "none" }, "INTEGRITY_ENGINE"],
    [{ engine: "fio", rateBytesPerSecond: 2 ** 20 }, "INTEGRITY_ENGINE"],
  ])("%j: %s", (options, code) => {
    expect(codeOf(() => plan(options))).toBe(code);
  });
});

test("--record takes on and off and nothing else", () => {
  const record = integrityFlags.find(({ flags }) => flags.startsWith("--record"));
  const disk = { fileSystem: "xfs" };
  expect(record?.apply("on", { disk })).toEqual({ disk: { ...disk, record: true } });
  expect(record?.apply("off", { disk })).toEqual({ disk: { ...disk, record: false } });
  expect(codeOf(() => record?.apply("yes", { disk }))).toBe("INTEGRITY_OPTION");
});
