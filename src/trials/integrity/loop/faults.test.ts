import fs from "node:fs";
import { describe, expect, it, test } from "vitest";
import { createLoopBench, type LoopBench, nth } from "../../../../test/fixtures/integrity-loop.ts";

const BLOCK = 4096;
const BLOCKS = 64;

interface Scene {
  /** The file as the last write left it; the fault changes it in place. */
  now: Buffer;
  /** The file one write before. */
  before: Buffer;
  /** The same file of another journal. */
  foreign: Buffer;
}

const block = (bytes: Buffer, n: number, blocks = 1) => bytes.subarray(n * BLOCK, (n + blocks) * BLOCK);

/** Writes twice with one pattern, which alone could tell none of the generations apart. */
async function written(bench: LoopBench): Promise<{ now: Buffer; before: Buffer }> {
  const images: Buffer[] = [];
  await bench.run({
    until: (line, all) => {
      if (line.event === "write-done") images.push(fs.readFileSync(bench.dataFile));
      return nth("write-done", 2)(line, all);
    },
  });
  const [before, now] = images as [Buffer, Buffer];
  return { before, now };
}

async function scene(): Promise<Scene & { bench: LoopBench }> {
  const bench = createLoopBench({ io_write_step: 2 });
  const other = await written(createLoopBench({ io_write_step: 2 }));
  return { bench, ...(await written(bench)), foreign: other.now };
}

function flip(bytes: Buffer, at: number, mask: number): void {
  bytes.writeUInt8(bytes.readUInt8(at) ^ mask, at);
}

type Fault = (scene: Scene) => Buffer | void;

const FAULTS: [what: string, fault: Fault, kinds: string[], firstBlock: number, blocks: number][] = [
  ["one bit of the payload", ({ now }) => flip(now, 10 * BLOCK + 2000, 1), ["bit-flip"], 10, 1],
  ["one bit of the head", ({ now }) => flip(now, 10 * BLOCK + 21, 4), ["bit-flip"], 10, 1],
  ["a lost write", ({ now, before }) => void block(before, 10).copy(now, 10 * BLOCK), ["lost-write"], 10, 1],
  ["four lost writes", ({ now, before }) => void block(before, 10, 4).copy(now, 10 * BLOCK), ["lost-write"], 10, 4],
  ["the whole file as it was", ({ before }) => before, ["stale-file"], 0, BLOCKS],
  [
    "a torn block",
    ({ now, before }) => void before.copy(now, 10 * BLOCK + 2048, 10 * BLOCK + 2048, 11 * BLOCK),
    ["torn"],
    10,
    1,
  ],
  ["zeros", ({ now }) => void block(now, 10).fill(0), ["zeroed"], 10, 1],
  ["noise", ({ now }) => void block(now, 10).fill(0xa7), ["garbage"], 10, 1],
  [
    "two that changed places",
    ({ now }) => {
      const ten = Buffer.from(block(now, 10));
      block(now, 20).copy(now, 10 * BLOCK);
      ten.copy(now, 20 * BLOCK);
    },
    ["swapped"],
    10,
    1,
  ],
  ["a copy in another place", ({ now }) => void block(now, 10).copy(now, 20 * BLOCK), ["duplicated"], 20, 1],
  [
    "one that went elsewhere",
    ({ now, before }) => {
      block(now, 20).copy(now, 10 * BLOCK);
      block(before, 20).copy(now, 20 * BLOCK);
    },
    ["misdirected", "lost-write"],
    10,
    1,
  ],
  ["another run's", ({ now, foreign }) => void block(foreign, 10).copy(now, 10 * BLOCK), ["foreign-run"], 10, 1],
  ["cut", ({ now }) => now.subarray(0, 30 * BLOCK + 100), ["truncated"], 30, BLOCKS - 30],
  ["empty", () => Buffer.alloc(0), ["truncated"], 0, BLOCKS],
  ["longer", ({ now }) => Buffer.concat([now, Buffer.alloc(5000)]), ["extended"], BLOCKS, 2],
];

describe("damage is named, with its place, and left as it is", () => {
  test.each(FAULTS)("%s", async (_what, fault, kinds, firstBlock, blocks) => {
    const { bench, ...parts } = await scene();
    fs.writeFileSync(bench.dataFile, fault(parts) ?? parts.now);
    const damaged = fs.readFileSync(bench.dataFile);
    for (const options of [{ once: true }, {}, { keepGoing: true, until: nth("verify-failed", 3) }]) {
      const { outcome, told } = await bench.run(options);
      expect(outcome).toBe("damaged");
      expect(
        told("damage")
          .slice(0, kinds.length)
          .map(({ kind }) => kind),
      ).toEqual(kinds);
      expect(told("damage")[0]).toMatchObject({ offsetBytes: firstBlock * BLOCK, lengthBytes: blocks * BLOCK });
      expect(told("write-done")).toEqual([]);
    }
    expect(fs.readFileSync(bench.dataFile).equals(damaged)).toBe(true);
  });

  it("also when the file is gone", async () => {
    const { bench } = await scene();
    fs.rmSync(bench.dataFile);
    const { outcome, told } = await bench.run({ keepGoing: true, until: nth("verify-failed", 3) });
    expect([outcome, fs.existsSync(bench.dataFile)]).toEqual(["damaged", false]);
    expect(told("damage")[0]).toMatchObject({ kind: "missing", offsetBytes: 0, lengthBytes: BLOCKS * BLOCK });
  });
});

describe("damage while it runs", () => {
  test.each<[what: string, kind: string, harm: (file: string) => void]>([
    ["removed", "missing", (file) => fs.rmSync(file)],
    ["shrunk", "truncated", (file) => fs.truncateSync(file, 5 * BLOCK)],
    ["grown", "extended", (file) => fs.truncateSync(file, 500 * BLOCK)],
  ])("a file that is %s is %s, and is not written to", async (_what, kind, harm) => {
    const bench = createLoopBench({ io_write_step: 1 });
    const { outcome, told } = await bench.run({
      until: (line) => {
        if (line.event === "write-done" && line.fields["generation"] === 3) harm(bench.dataFile);
        return false;
      },
    });
    expect([outcome, told("write-done").length]).toEqual(["damaged", 3]);
    expect(told("verify-failed")).toEqual([expect.objectContaining({ why: "shape", counts: expect.anything() })]);
    expect(told("damage")[0]).toMatchObject({ kind });
  });

  it("is shown by the metrics", async () => {
    const bench = createLoopBench({ io_write_step: 2 });
    const { metrics } = await bench.run({
      until: (line) => {
        if (line.event === "write-done") fs.truncateSync(bench.dataFile, 60 * BLOCK);
        return false;
      },
    });
    const text = metrics.render();
    expect(text).toContain('seatrial_integrity_damaged_blocks{kind="truncated"} 4\n');
    expect(text).toContain("seatrial_integrity_damaged 1\n");
    expect(text).toContain('seatrial_integrity_verifies_total{outcome="damaged"} 1\n');
    expect(text).not.toMatch(/last_verify_ok_timestamp_seconds \d/);
  });
});
