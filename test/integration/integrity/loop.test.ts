import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it, onTestFinished, test } from "vitest";
import { createRandom } from "../../../src/core/random.ts";
import { temporaryFolder } from "../../fixtures/folders.ts";
import { requires } from "../../requires.ts";
import { createLoopPlace, startLoop } from "./loop-process.ts";

const KILLS = Number(process.env["SEATRIAL_LOOP_KILLS"] ?? 8);

describe("the loop as a process", () => {
  it("runs the example", async () => {
    const [data, state] = [temporaryFolder(), temporaryFolder()];
    const env = { IO_DATA_PATH: data, IO_TRANSACTION_LOG_DIR: state };
    const config = path.join(temporaryFolder(), "integrity-loop.json");
    const example = JSON.parse(fs.readFileSync("examples/integrity-loop.json", "utf8")) as object;
    fs.writeFileSync(config, JSON.stringify({ ...example, metrics_port: 0 }));
    const loop = startLoop(["--config", config], env);
    await loop.heard("verify-ok");
    loop.signal("SIGTERM");
    expect((await loop.ended).exit).toBe(0);
    const init = await startLoop(["--config", config], { ...env, INIT: "True" }).ended;
    expect([init.exit, init.lines.map(({ event }) => event)]).toEqual([0, ["started", "verify-ok", "ended"]]);
  });

  it("finds its configuration by the environment, and ends with 1 where the data is damaged", async () => {
    const { dataFile, start, configFile } = createLoopPlace();
    const loop = start();
    await loop.heard("write-done");
    loop.signal("SIGTERM");
    await loop.ended;
    fs.truncateSync(dataFile, 1000);
    const init = await startLoop([], { IO_CONFIG_PATH: configFile, INIT: "0" }).ended;
    expect(init.exit).toBe(1);
    expect(init.lines.find(({ event }) => event === "damage")).toMatchObject({ kind: "truncated", sizeBytes: 1000 });
    expect((await start().ended).exit).toBe(1);
  });

  test.each([
    ["SIGTERM", 0],
    ["SIGINT", 130],
    ["SIGHUP", 0],
  ] as const)(
    "%s in the middle of a write ends it within a moment with %i, and nothing is lost",
    async (signal, exit) => {
      const { start, dataFile } = createLoopPlace({ io_file_size: "1Gi", io_rate: "64Mi" });
      const loop = start();
      await grown(dataFile, 2 ** 23);
      const beganMs = performance.now();
      loop.signal(signal);
      const ended = await loop.ended;
      expect(ended.exit).toBe(exit);
      expect(performance.now() - beganMs).toBeLessThan(5000);
      expect(ended.lines.map(({ event }) => event).slice(-2)).toEqual(["write-abandoned", "ended"]);
      expect((await start(["--once"]).ended).exit).toBe(0);
    },
  );

  it("has checked nothing when it is told to end while it checks once", async () => {
    const { start, configure } = createLoopPlace({ io_file_size: "256Mi" });
    const loop = start();
    await loop.heard("write-done");
    loop.signal("SIGTERM");
    await loop.ended;
    configure({});
    const once = start(["--once"]);
    await once.heard("started");
    once.signal("SIGTERM");
    expect((await once.ended).exit).toBe(143);
  });

  it("serves metrics and probes on loopback", async () => {
    const { start, dataFile } = createLoopPlace({ metrics_port: 0, io_write_step: 2 });
    const loop = start(["--keep-going"]);
    const { port, address } = await loop.heard("metrics-served");
    const get = async (page: string) => {
      const answer = await fetch(`http://${String(address)}:${Number(port)}${page}`);
      return [answer.status, await answer.text()];
    };
    await loop.heard("verify-ok");
    expect(await get("/healthz")).toEqual([200, "alive\n"]);
    expect(await get("/readyz")).toEqual([200, "ready\n"]);
    expect((await get("/nothing"))[0]).toBe(404);
    const [, text] = await get("/metrics");
    expect(text).toMatch(/^seatrial_integrity_writes_total\{outcome="ok"\} [1-9]/m);
    expect(text).toMatch(/^seatrial_integrity_last_verify_ok_timestamp_seconds \d+/m);
    fs.rmSync(dataFile);
    await loop.heard("verify-failed");
    expect(await get("/readyz")).toEqual([503, "damage was found\n"]);
    expect((await get("/metrics"))[1]).toContain('damaged_blocks{kind="missing"} 256');
    loop.signal("SIGTERM");
    expect((await loop.ended).exit).toBe(1);
  });

  it("keeps the last good configuration while the file is broken", async () => {
    const { start, configFile, configure } = createLoopPlace();
    const loop = start();
    await loop.heard("write-done");
    fs.writeFileSync(configFile, '{"io_mode": "write"');
    expect(await loop.heard("config-reload-failed")).toMatchObject({ code: "INTEGRITY_LOOP_CONFIG" });
    fs.rmSync(configFile);
    expect(await loop.heard("config-reload-failed", 2)).toMatchObject({ code: "INTEGRITY_LOOP_CONFIG_UNREADABLE" });
    configure({ io_write_step: 7 });
    expect(await loop.heard("config-changed")).toMatchObject({ keys: ["writeStep"] });
    loop.signal("SIGTERM");
    expect((await loop.ended).exit).toBe(0);
  });

  test.each<[what: string, text: string | undefined, code: string]>([
    ["broken", "{", "INTEGRITY_LOOP_CONFIG"],
    ["missing", undefined, "INTEGRITY_LOOP_CONFIG_UNREADABLE"],
    ["of unknown keys", '{"io_wite_step": 2}', "INTEGRITY_LOOP_CONFIG"],
  ])("does not begin with a configuration that is %s", async (_what, text, code) => {
    const file = path.join(temporaryFolder(), "config.json");
    if (text !== undefined) fs.writeFileSync(file, text);
    const { exit, stderr, lines } = await startLoop(["--config", file]).ended;
    expect([exit, stderr]).toEqual([2, expect.stringContaining(code)]);
    expect(lines).toEqual([expect.objectContaining({ event: "ended-by-error", code })]);
  });

  it(`killed ${KILLS} times at random moments is right at every start`, {
    timeout: 60_000 + KILLS * 4_000,
  }, async () => {
    const random = createRandom(process.env["SEATRIAL_LOOP_SEED"] ?? "kills");
    const { start, dataFile } = createLoopPlace({ io_file_size: "16Mi", io_write_step: 2 });
    const unfinished = [];
    for (let i = 0; i < KILLS; i++) {
      const loop = start();
      // Every other one while it begins, the rest at their work, however long the machine takes until then.
      if (i % 2 === 0) await loop.heard("started");
      await wait(random.below(500));
      loop.signal("SIGKILL");
      const { signal, lines } = await loop.ended;
      expect([signal, lines.filter(({ level }) => level === "error")]).toEqual(["SIGKILL", []]);
      const { exit, lines: told } = await start(["--once"]).ended;
      expect(exit).toBe(0);
      unfinished.push(...(told.find(({ event }) => event === "started")?.["unfinished"] as number[]));
    }
    expect(unfinished.length).toBeGreaterThan(0);
    flip(dataFile, 3 * 4096 + 100);
    const { exit, lines } = await start(["--once"]).ended;
    expect([exit, lines.find(({ event }) => event === "damage")]).toEqual([
      1,
      expect.objectContaining({ kind: "bit-flip", offsetBytes: 3 * 4096 }),
    ]);
  });
});

/** Resolves once the file has so many bytes. */
async function grown(file: string, bytes: number): Promise<void> {
  const isThere = () => (fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= bytes;
  const watcher = fs.watch(path.dirname(file));
  await new Promise<void>((resolve) => {
    const look = () => isThere() && resolve();
    watcher.on("change", look);
    look();
  });
  watcher.close();
}

function flip(file: string, position: number): void {
  const descriptor = fs.openSync(file, "r+");
  const byte = Buffer.alloc(1);
  fs.readSync(descriptor, byte, 0, 1, position);
  byte.writeUInt8(byte.readUInt8(0) ^ 1, 0);
  fs.writeSync(descriptor, byte, 0, 1, position);
  fs.closeSync(descriptor);
}

requires("root")("a small file system of its own", () => {
  const mounted = (options: string): string => {
    const directory = temporaryFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", directory]);
    onTestFinished(() => void execFileSync("umount", ["--lazy", directory]));
    return directory;
  };

  it("that is full is told, survived, and written to once there is room", async () => {
    const directory = mounted("size=512k");
    const { start } = createLoopPlace({}, directory);
    const loop = start();
    expect(await loop.heard("write-failed", 2)).toMatchObject({
      systemCode: "ENOSPC",
      call: "write",
      meaning: "the file system is full",
    });
    execFileSync("mount", ["-o", "remount,size=8m", directory]);
    await loop.heard("write-done");
    await loop.heard("verify-ok");
    loop.signal("SIGTERM");
    expect((await loop.ended).exit).toBe(0);
    expect((await start(["--once"]).ended).exit).toBe(0);
  });

  it("that became read-only is told, and what is there stays verified", async () => {
    const directory = mounted("size=8m");
    const { start } = createLoopPlace({ io_write_step: 2 }, directory);
    const loop = start();
    await loop.heard("write-done");
    execFileSync("sh", ["-c", 'until mount -o remount,ro "$1" 2>/dev/null; do :; done', "sh", directory]);
    expect(await loop.heard("write-failed")).toMatchObject({ systemCode: "EROFS", call: "open" });
    await loop.heard("verify-ok", 2);
    execFileSync("mount", ["-o", "remount,rw", directory]);
    await loop.heard("write-done", 2);
    loop.signal("SIGTERM");
    const { exit, lines } = await loop.ended;
    expect([exit, lines.filter(({ event }) => event === "damage")]).toEqual([0, []]);
  });
});

requires("root")("a medium that goes bad under a mounted file system", () => {
  it("is told from a cache that is out of date", async () => {
    const folder = temporaryFolder();
    const [image, directory] = [path.join(folder, "image"), path.join(folder, "mounted")] as const;
    fs.mkdirSync(directory);
    fs.writeFileSync(image, "");
    fs.truncateSync(image, 16 * 2 ** 20);
    execFileSync("mkfs", ["-t", "ext4", "-q", "-F", image]);
    execFileSync("mount", ["-o", "loop", image, directory]);
    onTestFinished(() => void execFileSync("umount", [directory]));
    const { start, dataFile, configure } = createLoopPlace({ io_direct: "off", io_write_step: 1000 }, directory);
    const loop = start();
    await loop.heard("verify-ok");
    // Past the file system: the page cache keeps the block as it was written.
    const block = fs.readFileSync(dataFile).subarray(20 * 4096, 21 * 4096);
    flip(image, fs.readFileSync(image).indexOf(block) + 1000);
    await loop.heard("verify-ok", 3);
    configure({ io_verify_path: "direct" });
    const { exit, lines } = await loop.ended;
    expect([exit, lines.find(({ event }) => event === "damage")]).toEqual([
      1,
      expect.objectContaining({
        kind: "bit-flip",
        offsetBytes: 20 * 4096,
        again: { otherPath: "buffered", other: "right", same: "bit-flip" },
        diagnosis: expect.stringContaining("only the medium is wrong"),
      }),
    ]);
  });
});

requires("fio")("what the original wrote with fio", () => {
  // As the original ran it, the missing blank included.
  const write = (file: string, pattern: string) =>
    execFileSync(
      "sh",
      [
        "-c",
        `fio --name=rand --filename="$1" --size=1Mi --rw=write --bs=128k--ioengine=libaio --iodepth=4 --verify=pattern --do_verify=0 --verify_pattern="$2" --overwrite=1`,
        "sh",
        file,
        pattern,
      ],
      { cwd: path.dirname(file), stdio: "ignore" },
    );

  it("is taken over, and damage in it is found", async () => {
    const { start, dataFile, dataDir } = createLoopPlace();
    write(dataFile, "0x0123456789aaaaaa");
    fs.writeFileSync(path.join(dataDir, "last_written_pattern"), "0x0123456789aaaaaa");
    expect((await start(["--once"]).ended).exit).toBe(0);
    flip(dataFile, 500_000);
    const { exit, lines } = await start().ended;
    expect([exit, lines.find(({ event }) => event === "damage")]).toEqual([
      1,
      expect.objectContaining({ kind: "bit-flip", offsetBytes: 122 * 4096 }),
    ]);
    flip(dataFile, 500_000);
    const loop = start();
    await loop.heard("original-state-retired");
    await loop.heard("verify-ok", 2);
    loop.signal("SIGTERM");
    expect((await loop.ended).exit).toBe(0);
  });
});
