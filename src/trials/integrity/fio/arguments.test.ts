import { describe, expect, test } from "vitest";
import { fioArguments } from "./arguments.ts";
import type { FioJob } from "./job.ts";
import { FIO_FAULTS } from "./faults.ts";
import { blindSpots, DEFAULT_FIO_MODE, FIO_MODE_IDS, FIO_MODES } from "./modes.ts";

const JOB: FioJob = {
  kind: "write",
  file: "/subject/a:b",
  sizeBytes: 8192,
  blockBytes: 4096,
  generation: 3,
  engine: "libaio",
  direct: true,
  depth: 4,
  order: "sequential",
  mode: "generation-pattern",
};
const COMMON = [
  "--name=seatrial",
  "--thread",
  String.raw`--filename=/subject/a\:b`,
  "--bs=4096",
  "--ioengine=libaio",
  "--iodepth=4",
  "--direct=1",
  "--allow_file_create=0",
  "--verify_state_save=0",
  "--eta=never",
  "--output-format=json",
  "--verify=pattern",
  "--verify_pattern=0x00000003%o",
];

describe("the command line of fio", () => {
  test("to write", () => {
    const rest = ["--rw=write", "--size=8192", "--do_verify=0", "--end_fsync=1"];
    expect(fioArguments(JOB)).toEqual([...COMMON, ...rest]);
  });

  test("to verify has no size, so that fio does not unlink a file that is too short", () => {
    const rest = ["--do_verify=1", "--continue_on_error=verify", "--rw=read", "--readonly"];
    expect(fioArguments({ ...JOB, kind: "verify" })).toEqual([...COMMON, ...rest]);
  });

  test("to verify by the order of the writes is a write job that writes nothing", () => {
    const argv = fioArguments({ ...JOB, kind: "verify", mode: "meta-seed" });
    expect(argv).toEqual(expect.arrayContaining(["--rw=write", "--verify_only=1", "--size=8192"]));
    expect(argv).not.toContain("--readonly");
  });

  test("in random order, through the page cache", () => {
    const random: FioJob = { ...JOB, order: "random", direct: false };
    expect(fioArguments(random)).toEqual(expect.arrayContaining(["--rw=randwrite", "--direct=0"]));
    expect(fioArguments({ ...random, kind: "verify" })).toContain("--rw=randread");
  });

  test("is refused where fio would read something else", () => {
    expect(() => fioArguments({ ...JOB, file: "/a;b" })).toThrow(
      expect.objectContaining({ code: "INTEGRITY_FIO_JOB" }),
    );
  });
});

describe("the modes", () => {
  test.each(FIO_MODE_IDS)("%s has each fault at one place of its table", (id) => {
    const { unseen, partly, stderrOnly } = FIO_MODES[id];
    const told = [...unseen, ...partly, ...stderrOnly];
    expect(told).toEqual([...new Set(told)]);
    expect(FIO_FAULTS).toEqual(expect.arrayContaining(told));
  });

  test("what the default lets pass, in words", () => {
    expect(blindSpots(DEFAULT_FIO_MODE)).toEqual([
      "a block is of the same generation of another run",
      "a block was written by a writer whose time was over",
    ]);
  });

  test("an interval below the block size is used by none that we would run without saying so", () => {
    const silent = FIO_MODE_IDS.filter((id) => FIO_MODES[id].stderrOnly.length > 0);
    expect(silent).toEqual(["crc32c-interval", "crc32c-header-seed-interval"]);
  });
});
