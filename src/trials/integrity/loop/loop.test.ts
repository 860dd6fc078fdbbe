import fs from "node:fs";
import { describe, expect, it, test } from "vitest";
import { createLoopBench, nth } from "../../../../test/fixtures/integrity-loop.ts";

describe("the loop", () => {
  it("writes every io_write_step-th iteration and verifies in the others", async () => {
    const { lines } = await createLoopBench({ io_write_step: 3 }).run({ until: nth("write-done", 3) });
    const steps = lines.map(({ event }) => event).filter((event) => /^(write|verify)-/.test(event));
    const round = ["write-done", "verify-ok", "verify-ok"];
    expect(steps).toEqual([...round, ...round, "write-done"]);
  });

  it("uses each pattern in turn, over restarts", async () => {
    const bench = createLoopBench({ io_write_step: 2, io_patterns: ["0x11", "0x2222", '"abc"'] });
    const patterns = [];
    for (const writes of [2, 1, 1, 3]) {
      const { told } = await bench.run({ until: nth("write-done", writes) });
      patterns.push(...told("write-done").map(({ pattern }) => pattern));
    }
    expect(patterns).toEqual(["0x11", "0x2222", "0x616263", "0x11", "0x2222", "0x616263", "0x11"]);
  });

  it("writes blocks that tell what they are, filled with the pattern", async () => {
    const bench = createLoopBench({ io_patterns: ["0x0123456789abcdef"] });
    await bench.run({ until: nth("write-done") });
    const bytes = fs.readFileSync(bench.dataFile);
    expect(bytes.length).toBe(256 * 1024);
    expect(bytes.subarray(4096 + 64, 4096 + 80).toString("hex")).toBe("0123456789abcdef".repeat(2));
    expect(bytes.readUInt32LE(4096 + 24)).toBe(1);
  });

  it("verifies at every start, before it writes", async () => {
    const bench = createLoopBench();
    const events = (lines: { event: string }[]) => lines.map(({ event }) => event);
    const first = await bench.run({ until: nth("write-done") });
    expect(events(first.lines)).toEqual(["started", "nothing-to-verify-yet", "write-done", "ended"]);
    const second = await bench.run({ until: nth("write-done") });
    expect(events(second.lines)).toEqual(["started", "verify-ok", "write-done", "ended"]);
    expect(second.told("started")).toEqual([
      expect.objectContaining({ epoch: 2, generation: 1, endedInGoodOrder: true }),
    ]);
    expect(second.outcome).toBe("interrupted");
  });

  it("only verifies in any other mode, and has nothing to do on a first run", async () => {
    const bench = createLoopBench({ io_mode: "read" });
    const idle = await bench.run({ until: nth("nothing-to-verify-yet", 3) });
    expect(idle.outcome).toBe("interrupted");
    expect(fs.existsSync(bench.dataFile)).toBe(false);
    bench.config["io_mode"] = "write";
    await bench.run({ until: nth("write-done") });
    bench.config["io_mode"] = "read";
    const { lines } = await bench.run({ until: nth("verify-ok", 4) });
    expect(lines.filter(({ event }) => event.startsWith("write"))).toEqual([]);
  });

  it("goes by its configuration as it changes", async () => {
    const bench = createLoopBench({ io_write_step: 1000 });
    const { told } = await bench.run({
      until: (line, all) => {
        if (line.event === "verify-ok") bench.config["io_mode"] = "read";
        return nth("verify-ok", 3)(line, all);
      },
    });
    expect(told("config-changed")).toEqual([{ keys: ["mode"] }]);
  });

  test.each(["256Ki", "128Ki", "512Ki"])("keeps all that was promised when the size becomes %s", async (size) => {
    const bench = createLoopBench({ io_write_step: 2 });
    await bench.run({ until: nth("write-done") });
    bench.config["io_file_size"] = size;
    const { outcome } = await bench.run({ until: nth("verify-ok", 3) });
    expect(outcome).toBe("interrupted");
    expect(fs.statSync(bench.dataFile).size).toBe(size === "512Ki" ? 512 * 1024 : 256 * 1024);
    fs.truncateSync(bench.dataFile, 200 * 1024);
    expect((await bench.run({ once: true })).told("damage")).toEqual([expect.objectContaining({ kind: "truncated" })]);
  });

  it("keeps the rate that it was given", async () => {
    const bench = createLoopBench({ io_rate: "1Mi" });
    const asked: number[] = [];
    await bench.run({ until: nth("write-done"), onSleep: (ms) => asked.push(ms) });
    // 16 KiB at 1 MiB/s take 15.6 ms each; sleeps take no time here, so that each is longer than the one before.
    expect(asked.length).toBeGreaterThanOrEqual(15);
    expect(asked[15]).toBeGreaterThan(150);
    expect(asked[15]).toBeLessThanOrEqual(250);
  });

  it("has one writer", async () => {
    const bench = createLoopBench();
    let second: Promise<unknown> | undefined;
    await bench.run({
      until: (line, all) => {
        if (line.event === "write-done") second ??= bench.run({ once: true }).catch((error: unknown) => error);
        return second !== undefined && nth("verify-ok", 3)(line, all);
      },
    });
    expect(await second).toMatchObject({ code: "INTEGRITY_LOCKED" });
  });
});

describe("once", () => {
  it("verifies and ends, without writing", async () => {
    const bench = createLoopBench();
    expect((await bench.run({ once: true })).outcome).toBe("intact");
    expect(fs.existsSync(bench.dataFile)).toBe(false);
    await bench.run({ until: nth("write-done") });
    const before = fs.readFileSync(bench.dataFile);
    const { outcome, told } = await bench.run({ once: true });
    expect([outcome, told("verify-ok").length]).toEqual(["intact", 1]);
    expect(fs.readFileSync(bench.dataFile).equals(before)).toBe(true);
  });

  it("does not begin where there is no directory", async () => {
    const bench = createLoopBench({ io_file: "/nowhere/file1" });
    await expect(bench.run({ once: true })).rejects.toMatchObject({ code: "INTEGRITY_LOOP_DATA_DIR", exit: 3 });
  });

  it("does not begin on data of which nothing is known, and leaves nothing behind", async () => {
    const bench = createLoopBench();
    fs.writeFileSync(bench.dataFile, "precious");
    await expect(bench.run({ once: true })).rejects.toMatchObject({ code: "INTEGRITY_LOOP_NO_STATE" });
    expect([fs.readFileSync(bench.dataFile, "utf8"), fs.readdirSync(bench.stateDir)]).toEqual(["precious", []]);
  });
});
