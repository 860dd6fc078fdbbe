import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type FioVerdict, judgeFio } from "./judge.ts";
import { type FioEnded, readFioOutcome } from "./outcome.ts";

/** What fio 3.33 and 3.42 really answered about 64 blocks of 4 KiB, with the parts of the report that nobody reads left out. */
const RECORDED = JSON.parse(readFileSync("test/fixtures/fio-outcomes.json", "utf8")) as Record<string, FioEnded>;
const SIZE_BYTES = 64 * 4096;

function recorded(name: string): FioEnded {
  const ended = RECORDED[name];
  if (!ended) throw new Error(`nothing recorded as ${name}`);
  return ended;
}

function read(name: string, kind: "write" | "verify" = "verify", change: Partial<FioEnded> = {}) {
  return readFioOutcome({ ...recorded(name), ...change }, { kind, sizeBytes: SIZE_BYTES });
}

const kinds = ({ verdict, findings }: FioVerdict) => [verdict, ...findings.map(({ kind }) => kind)];

describe("what fio answers, and what it means", () => {
  test.each<
    [name: string, kind: "write" | "verify", exit: number, jsonError: number, total: number, meaning: string[]]
  >([
    ["3.33 write", "write", 0, 0, 0, ["good"]],
    ["3.33 verify", "verify", 0, 0, 0, ["good"]],
    ["3.42 verify", "verify", 0, 0, 0, ["good"]],
    ["3.33 two flips", "verify", 0, 84, 2, ["bad", "damaged"]],
    ["3.42 two flips", "verify", 0, 84, 2, ["bad", "damaged"]],
    ["3.33 two flips, stops at the first", "verify", 1, 84, 0, ["bad", "damaged"]],
    ["3.33 stale file", "verify", 0, 84, 64, ["bad", "damaged"]],
    ["3.33 checksum of an interval", "verify", 0, 0, 0, ["bad", "damaged"]],
    ["3.42 checksum of an interval", "verify", 0, 0, 0, ["bad", "damaged"]],
    ["3.33 checksum, header, address", "verify", 0, 84, 3, ["bad", "damaged"]],
    ["3.42 seed in the header", "verify", 0, 84, 1, ["bad", "damaged"]],
    ["3.33 truncated", "verify", 0, 0, 0, ["bad", "truncated"]],
    ["3.33 extended by 100 bytes", "verify", 0, 0, 0, ["bad", "extended"]],
    ["3.33 empty", "verify", 1, 22, 0, ["bad", "truncated"]],
    ["3.33 missing", "verify", 1, 22, 0, ["bad", "missing"]],
    // fio unlinked the file before it looked: nothing is left but its absence.
    ["3.33 truncated, with a size", "verify", 1, 0, 0, ["bad", "missing"]],
    ["3.33 read error", "verify", 1, 5, 0, ["bad", "io-error"]],
    ["3.33 write error", "write", 1, 5, 0, ["bad", "io-error"]],
    ["3.33 write without space", "write", 1, 28, 0, ["bad", "io-error"]],
    ["3.33 unknown engine", "write", 1, 0, 0, ["unknown", "refused"]],
    ["3.33 unknown option", "write", 1, 0, 0, ["unknown", "refused"]],
    ["3.33 SIGTERM", "write", 128, 0, 0, ["unknown", "killed"]],
    ["3.42 SIGTERM", "write", 128, 0, 0, ["unknown", "killed"]],
    ["3.33 SIGKILL", "write", 137, 0, 0, ["unknown", "killed"]],
  ])("%s", (name, kind, exitStatus, jsonError, totalErrors, meaning) => {
    const result = read(name, kind);
    expect(result).toMatchObject({ exitStatus, jsonError, totalErrors });
    expect(kinds(judgeFio(result))).toEqual(meaning);
  });

  test("a report that is cut, or of another shape, is no success", () => {
    for (const stdout of ["", "{\n", recorded("3.33 verify").stdout.slice(0, -40), '{\n "jobs": []\n}', "{\nx\n}"]) {
      const result = read("3.33 verify", "verify", { stdout });
      expect(result.messages).toContain("fio left no report that can be read");
      expect(kinds(judgeFio(result))).toEqual(["unknown", "not-done"]);
    }
  });

  test("too few bytes are no success, even where everything else says so", () => {
    const result = { ...read("3.33 verify"), bytes: SIZE_BYTES - 4096 };
    expect(kinds(judgeFio(result))).toEqual(["unknown", "not-done"]);
  });

  test("lines before the report do not hide it", () => {
    expect(recorded("3.33 write error").stdout).toMatch(/^fio: pid=/);
    const stdout = `fio: a line\n{ a brace\n${recorded("3.33 verify").stdout}\n`;
    expect(judgeFio(read("3.33 verify", "verify", { stdout })).verdict).toBe("good");
  });
});

describe("where", () => {
  const at = (offset: number, lengthBytes: number, what: string) => ({ offset, lengthBytes, what });

  test.each(["3.33 two flips", "3.42 two flips"])("%s", (name) => {
    expect(read(name).extents).toEqual([
      at(10 * 4096, 4096, "pattern differs: got 01, wanted 00 at byte 2000 of the block"),
      at(40 * 4096, 4096, "pattern differs: got 01, wanted 00 at byte 0 of the block"),
    ]);
    expect(read(name).messages).toEqual([]);
  });

  test.each(["3.33 stale file", "3.42 stale file"])("%s: neighbours are one extent", (name) => {
    expect(read(name).extents).toEqual([
      at(0, SIZE_BYTES, "pattern differs: got 01, wanted 02 at byte 3 of the block"),
    ]);
  });

  test("3.33 checksum, header, address", () => {
    expect(read("3.33 checksum, header, address").extents).toEqual([
      at(10 * 4096, 4096, "crc32c differs"),
      at(20 * 4096, 4096, "bad magic header 0, wanted acca"),
      at(30 * 4096, 4096, "bad header offset 163840, wanted 122880"),
    ]);
  });

  test("an interval within a block, and the seed of a version that compares it", () => {
    expect(read("3.33 checksum of an interval").extents).toEqual([at(10 * 4096, 512, "crc32c differs")]);
    expect(read("3.42 seed in the header").extents).toEqual([
      at(10 * 4096, 4096, expect.stringMatching(/^bad header rand_seed \d+, wanted \d+$/) as string),
    ]);
  });

  test("calls that failed", () => {
    expect(read("3.33 read error").extents).toEqual([at(10 * 4096, 4096, "read: Input/output error")]);
    expect(read("3.33 write without space", "write").extents).toEqual([
      at(10 * 4096, 4096, "write: No space left on device"),
    ]);
  });

  test("no more than 200 are kept", () => {
    const line = (offset: number) =>
      `pattern: verify failed at file f offset ${offset}, length 0 (requested block: offset=${offset}, length=512, flags=8)`;
    const stderr = Array.from({ length: 500 }, (_, index) => line(index * 1024)).join("\n");
    expect(read("3.33 verify", "verify", { stderr }).extents).toHaveLength(200);
  });
});

describe("in words", () => {
  const text = (name: string, kind: "write" | "verify" = "verify") =>
    judgeFio(read(name, kind)).findings.map((finding) => finding.text);

  test.each<[string, string]>([
    [
      "3.33 two flips",
      'in 2 transfers, first at 40960, 4096 bytes (pattern differs: got 01, wanted 00 at byte 2000 of the block); fio calls it error 84, "Invalid or incomplete multibyte',
    ],
    ["3.33 checksum of an interval", "only standard error says so: fio reports no error"],
    ["3.33 truncated", "the file has 131072 bytes and should have 262144"],
    ["3.33 missing", "there is no file; it should have 262144 bytes"],
    ["3.33 read error", "read: Input/output error at 40960, 4096 bytes (EIO)"],
    [
      "3.33 unknown engine",
      "fio exits with 1, 0 errors: fio: engine nonsense not loadable; fio: failed to load engine",
    ],
    ["3.33 SIGKILL", "fio was ended by a signal (status 137) after 0 of 262144 bytes"],
  ])("%s", (name, words) => {
    expect(text(name).join("\n")).toContain(words);
  });
});

test("figures come from the direction that the job worked in", () => {
  const result = read("3.33 write", "write");
  expect(result.bytes).toBe(SIZE_BYTES);
  expect(result.iops).toBeGreaterThan(0);
  expect(result.bandwidthBytesPerSecond).toBeGreaterThan(0);
  const { p50 = 0, p99 = 0, p999 = 0, max = 0 } = result.latencyNs ?? {};
  expect(p50).toBeGreaterThan(0);
  expect([p50, p99, p999]).toEqual([p50, p99, p999].sort((a, b) => a - b));
  expect(max).toBeGreaterThan(0);
  expect(read("3.33 unknown engine", "write").latencyNs).toBeUndefined();
});
