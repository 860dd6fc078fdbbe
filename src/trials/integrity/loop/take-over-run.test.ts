import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { createLoopBench, type LoopBench, nth } from "../../../../test/fixtures/integrity-loop.ts";

const BLOCK = 4096;
const A = Buffer.from("0123456789abcdef", "hex");
const B = Buffer.from("fedcba9876543210", "hex");
const PATTERNS = ["0x0123456789abcdef", "0xfedcba9876543210"];

/** A place as the original leaves it. */
function left(state: Record<string, string>, data?: Buffer): LoopBench {
  const bench = createLoopBench({ io_patterns: PATTERNS });
  for (const [name, text] of Object.entries(state)) fs.writeFileSync(path.join(bench.stateDir, name), text);
  if (data) fs.writeFileSync(bench.dataFile, data);
  return bench;
}

const full = (pattern: Buffer, blocks = 64) => Buffer.alloc(blocks * BLOCK, pattern);
const LAST_A = { io_last_written_pattern: "0x0123456789abcdef" };
const WAL_B = { wal: "0xfedcba9876543210" };

function changed(data: Buffer, change: (data: Buffer) => void): Buffer {
  change(data);
  return data;
}

describe("data that the original wrote", () => {
  it("is verified, written over as a whole, and its state then renamed", async () => {
    const bench = left(LAST_A, full(A, 70));
    const { told } = await bench.run({ until: nth("verify-ok", 3) });
    expect(told("original-state-found")[0]).toMatchObject({
      conclusion: "finished",
      patterns: ["0x0123456789abcdef"],
      fileBytes: 70 * BLOCK,
      configuredBytes: 64 * BLOCK,
      cannotTell: expect.arrayContaining([expect.stringContaining("stale")]),
    });
    expect(told("write-done")[0]).toMatchObject({ generation: 1, writtenBytes: 70 * BLOCK });
    expect(fs.readdirSync(bench.stateDir).filter((name) => !name.startsWith("file1"))).toEqual([
      "io_last_written_pattern.taken-over",
    ]);
    const again = await bench.run({ once: true });
    expect([again.outcome, again.told("original-state-found")]).toEqual(["intact", []]);
  });

  it("is only verified when told to verify once, as often as that is", async () => {
    const bench = left(LAST_A, full(A));
    for (let i = 0; i < 3; i++) expect((await bench.run({ once: true })).outcome).toBe("intact");
    expect(fs.readFileSync(bench.dataFile).equals(full(A))).toBe(true);
    expect(fs.existsSync(path.join(bench.stateDir, "io_last_written_pattern"))).toBe(true);
  });

  it("may hold two patterns where a write was not finished", async () => {
    const half = Buffer.concat([full(B, 20), full(A, 44)]);
    const { outcome, told } = await left({ ...LAST_A, ...WAL_B }, half).run({ until: nth("verify-ok", 3) });
    expect([outcome, told("original-state-found")[0]?.["conclusion"]]).toEqual(["interrupted", "unfinished"]);
    expect(told("original-state-retired")[0]?.["files"]).toHaveLength(2);
  });

  it("is promised nothing where the first write was not finished", async () => {
    const { outcome, told } = await left(WAL_B, full(Buffer.from("other"), 10)).run({ until: nth("verify-ok", 2) });
    expect([outcome, told("original-state-found")[0]?.["conclusion"]]).toEqual(["interrupted", "unpromised"]);
  });

  test.each<[what: string, data: Buffer | undefined, kind: string, offsetBytes: number]>([
    ["a flipped bit", changed(full(A), (data) => data.writeUInt8(data.readUInt8(9000) ^ 16, 9000)), "bit-flip", 8192],
    ["zeros", changed(full(A), (data) => data.fill(0, 5 * BLOCK, 7 * BLOCK)), "zeroed", 5 * BLOCK],
    ["another pattern", Buffer.concat([full(A, 63), full(B, 1)]), "garbage", 63 * BLOCK],
    ["no file", undefined, "missing", 0],
  ])("and holds %s is damaged, and left as it is", async (_what, data, kind, offsetBytes) => {
    const bench = left(LAST_A, data);
    const { outcome, told } = await bench.run();
    expect([outcome, told("write-done"), told("original-state-retired")]).toEqual(["damaged", [], []]);
    expect(told("damage")).toEqual([expect.objectContaining({ kind, offsetBytes })]);
    expect(data === undefined ? !fs.existsSync(bench.dataFile) : fs.readFileSync(bench.dataFile).equals(data)).toBe(
      true,
    );
    expect((await bench.run({ once: true })).outcome).toBe("damaged");
  });

  it("is still known when the first write over it was cut short", async () => {
    const bench = left(LAST_A, full(A));
    await bench.run({ onWritten: (bytes, end) => bytes > 20 * BLOCK && end() });
    expect((await bench.run({ once: true })).outcome).toBe("intact");
    fs.writeFileSync(
      bench.dataFile,
      changed(fs.readFileSync(bench.dataFile), (data) => data.fill(0, 60 * BLOCK)),
    );
    const { outcome, told } = await bench.run({ once: true });
    expect([outcome, told("damage")[0]]).toEqual(["damaged", expect.objectContaining({ offsetBytes: 60 * BLOCK })]);
  });

  it("and whose log of intent is there is not begun with where the configuration says so", async () => {
    const bench = left({ ...LAST_A, ...WAL_B }, full(A));
    bench.config["io_crash_on_wal_detection"] = true;
    await expect(bench.run()).rejects.toMatchObject({ code: "INTEGRITY_LOOP_OPEN_WRITE" });
  });
});
