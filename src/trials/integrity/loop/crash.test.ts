import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { createRandom } from "../../../core/random.ts";
import { createLoopBench, type LoopBench, nth } from "../../../../test/fixtures/integrity-loop.ts";

const BLOCK = 4096;
const CONFIG = { io_file_size: "64Ki", io_write_step: 2, io_patterns: ["0x11", "0x22"] };

/** The files as they were at one moment, where a loop can go on. */
function revive(files: Files, config: object = CONFIG): LoopBench {
  const bench = createLoopBench({ ...config });
  if (files.data) fs.writeFileSync(bench.dataFile, files.data);
  for (const [name, bytes] of files.state) fs.writeFileSync(path.join(bench.stateDir, name), bytes);
  return bench;
}

interface Files {
  data: Buffer | undefined;
  state: [name: string, bytes: Buffer][];
}

/** What a killed process leaves: its lock too. */
function filesOf({ dataFile, stateDir }: LoopBench): Files {
  return {
    data: fs.existsSync(dataFile) ? fs.readFileSync(dataFile) : undefined,
    state: fs.readdirSync(stateDir).map((name) => [name, fs.readFileSync(path.join(stateDir, name))]),
  };
}

/** A run's files after each of its writes. */
async function moments(writes: number): Promise<{ files: Files; durable: Buffer | undefined }[]> {
  const bench = createLoopBench({ ...CONFIG });
  const seen: { files: Files; durable: Buffer | undefined }[] = [];
  let durable: Buffer | undefined;
  await bench.run({
    onWritten: () => void seen.push({ files: filesOf(bench), durable }),
    until: (line, all) => {
      if (line.event === "write-done") durable = fs.readFileSync(bench.dataFile);
      return nth("write-done", writes)(line, all);
    },
  });
  return seen;
}

/** Its process is this one, which runs: what is left of it must look like that of another. */
function withoutLock({ data, state }: Files): Files {
  return { data, state: state.filter(([name]) => !name.includes(".lock")) };
}

describe("killed at any moment", () => {
  it("is verified at the next start, without a false alarm, and goes on", async () => {
    for (const { files } of await moments(3)) {
      const bench = revive(withoutLock(files));
      const { outcome, told } = await bench.run({ until: nth("verify-ok", 2) });
      expect(outcome).toBe("interrupted");
      expect(told("started")[0]).toMatchObject({ endedInGoodOrder: false, unfinished: [expect.any(Number)] });
      expect(told("write-done").length).toBe(1);
    }
  });

  it("over and over, without an end to what it can take", async () => {
    let files: Files = { data: undefined, state: [] };
    for (let i = 0; i < 45; i++) {
      const bench = revive(withoutLock(files));
      await bench.run({
        onWritten: (bytes, end) => {
          if (bytes < 32_768) return;
          files = filesOf(bench);
          end();
        },
      });
    }
    const { told } = await revive(withoutLock(files)).run({ until: nth("verify-ok", 2) });
    expect(told("started")[0]).toMatchObject({ epoch: 46, generation: 45, durableBytes: 0 });
    expect(told("write-done")[0]).toMatchObject({ generation: 46, pattern: "0x11" });
  });

  it("still finds what is lost of what was durable", async () => {
    for (const { files, durable } of await moments(3)) {
      if (!durable || !files.data) continue;
      const bench = revive(withoutLock(files));
      const data = Buffer.from(files.data);
      data.fill(0, 15 * BLOCK);
      fs.writeFileSync(bench.dataFile, data);
      const { outcome, told } = await bench.run({ once: true });
      expect([outcome, told("damage")]).toEqual(["damaged", [expect.objectContaining({ kind: "zeroed" })]]);
    }
  });
});

describe("a power cut at any moment", () => {
  test.each(["a", "b", "c"])("takes away any sectors that were not synced: seed %s", async (seed) => {
    const random = createRandom(seed);
    for (const { files, durable } of await moments(3)) {
      const { data } = files;
      if (!data) continue;
      const bench = revive(withoutLock(files));
      fs.writeFileSync(
        bench.dataFile,
        cut(data, durable, () => random.below(2) === 1),
      );
      const { outcome, told } = await bench.run({ until: nth("verify-ok", 2) });
      expect([outcome, told("damage")]).toEqual(["interrupted", []]);
    }
  });
});

/** Each sector may still hold what was durable, or zeros where nothing was. */
function cut(data: Buffer, durable: Buffer | undefined, isLost: () => boolean): Buffer {
  const left = Buffer.from(data);
  for (let at = 0; at < left.length; at += 512) {
    if (!isLost()) continue;
    if (durable) durable.copy(left, at, at, at + 512);
    else left.fill(0, at, at + 512);
  }
  return left;
}

describe("a write that was begun and not finished", () => {
  it("is no start at all where the configuration says so", async () => {
    const [moment] = await moments(1);
    const bench = revive(withoutLock(moment?.files ?? { data: undefined, state: [] }), {
      ...CONFIG,
      io_crash_on_wal_detection: true,
    });
    const before = filesOf(bench);
    await expect(bench.run()).rejects.toMatchObject({ code: "INTEGRITY_LOOP_OPEN_WRITE", exit: 3 });
    expect(before.data && filesOf(bench).data?.equals(before.data)).toBe(true);
    await expect(bench.run()).rejects.toMatchObject({ code: "INTEGRITY_LOOP_OPEN_WRITE" });
  });

  it("is one whose process was told to end, too, which loses nothing", async () => {
    const bench = createLoopBench({ ...CONFIG });
    await bench.run({ until: nth("verify-ok") });
    const { told, outcome } = await bench.run({ onWritten: (bytes, end) => bytes > 20_000 && end() });
    expect([outcome, told("write-abandoned").length]).toEqual(["interrupted", 1]);
    const { lines } = await bench.run({ once: true });
    expect(lines.map(({ event }) => event)).toEqual(["started", "verify-ok", "ended"]);
  });
});

describe("a writer that goes on after its successor has begun", () => {
  it("is named by the older epoch in what it writes", async () => {
    const first = createLoopBench({ ...CONFIG });
    await first.run({ until: nth("write-done") });
    const common = filesOf(first);
    const zombie = revive(common);
    await zombie.run({ until: nth("write-done") });
    const block = fs.readFileSync(zombie.dataFile).subarray(10 * BLOCK, 11 * BLOCK);
    const successor = revive(common);
    await successor.run({ once: true });
    const { outcome, told } = await successor.run({
      until: (line) => {
        if (line.event === "write-done") overwrite(successor.dataFile, block, 10 * BLOCK);
        return false;
      },
    });
    expect([outcome, told("write-done")]).toEqual(["damaged", [expect.objectContaining({ generation: 2 })]]);
    expect(told("damage")[0]).toMatchObject({ kind: "zombie-writer", found: { epoch: 2, generation: 2 } });
  });
});

function overwrite(file: string, bytes: Buffer, position: number): void {
  const descriptor = fs.openSync(file, "r+");
  fs.writeSync(descriptor, bytes, 0, bytes.length, position);
  fs.closeSync(descriptor);
}
