import { describe, expect, test } from "vitest";
import { checkFioJob, type FioJob } from "./job.ts";

const JOB: FioJob = {
  kind: "write",
  file: "/subject/file",
  sizeBytes: 2 ** 20,
  blockBytes: 131_072,
  generation: 1,
  engine: "libaio",
  direct: true,
  depth: 4,
  order: "sequential",
  mode: "prime-pattern",
};

describe("a job for fio", () => {
  test.each<[what: string, change: Partial<FioJob>]>([
    ["as it is", {}],
    ["the last generation", { generation: 2 ** 32 - 1 }],
    ["a colon, a quote and a dollar in the name", { file: `/a b:c'd"e$\{HOME}\\f` }],
    ["5 TB", { sizeBytes: 5 * 10 ** 12 - ((5 * 10 ** 12) % 131_072) }],
  ])("is taken with %s", (_what, change) => {
    expect(() => checkFioJob({ ...JOB, ...change })).not.toThrow();
  });

  test.each<[field: keyof FioJob, value: unknown]>([
    ["kind", "trim"],
    ["file", "relative"],
    ["file", "/a#b"],
    ["file", "/a;b"],
    ["file", "/ends in a blank "],
    ["file", "/ends in a slash/"],
    ["file", "/two\nlines"],
    ["file", 7],
    ["sizeBytes", 2 ** 20 + 4096],
    ["sizeBytes", 0],
    ["sizeBytes", "1m"],
    ["sizeBytes", Number.NaN],
    ["blockBytes", 1000],
    ["blockBytes", "4k --exec_prerun=id"],
    ["generation", 0],
    ["generation", 2 ** 32],
    ["generation", 1.5],
    ["engine", "exec"],
    ["direct", 1],
    ["depth", 0],
    ["order", "zigzag"],
    ["mode", "md5"],
  ])("is refused with %s %j", (field, value) => {
    const job = { ...JOB, [field]: value };
    expect(() => checkFioJob(job)).toThrow(expect.objectContaining({ code: "INTEGRITY_FIO_JOB" }));
    expect(() => checkFioJob(job)).toThrow(`${field} is `);
  });
});
