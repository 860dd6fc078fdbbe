import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ioIntegrityArguments } from "../../../src/trials/integrity/fio/io-integrity.ts";
import type { FioJob } from "../../../src/trials/integrity/fio/job.ts";
import { judgeFio } from "../../../src/trials/integrity/fio/judge.ts";
import { runFio } from "../../../src/trials/integrity/fio/process.ts";
import { periodBytes } from "../../../src/trials/integrity/fio/pattern.ts";
import { probeFio, runFioJob } from "../../../src/trials/integrity/tasks/fio.ts";
import { requires } from "../../requires.ts";

const BLOCK_BYTES = 16_384;
const SIZE_BYTES = 64 * BLOCK_BYTES;

requires("fio")("fio, as it is installed here", () => {
  let directory: string;
  const unaborted = () => new AbortController().signal;

  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "trial of fio-"));
  });
  afterEach(() => fs.rmSync(directory, { recursive: true }));

  const jobFor = (kind: FioJob["kind"], change: Partial<FioJob> = {}): FioJob => ({
    kind,
    file: path.join(directory, "file"),
    sizeBytes: SIZE_BYTES,
    blockBytes: BLOCK_BYTES,
    generation: 2,
    engine: "psync",
    direct: false,
    depth: 1,
    order: "sequential",
    mode: "prime-pattern",
    ...change,
  });
  const run = (kind: FioJob["kind"], change: Partial<FioJob> = {}) => runFioJob(jobFor(kind, change), unaborted());

  test("is probed: a version, and a way to write here that then works at depth", async () => {
    const { version, engine, direct } = await probeFio(directory, unaborted());
    expect(version).toMatch(/^\d+\.\d+/);
    expect(fs.readdirSync(directory)).toEqual([]);
    for (const order of ["sequential", "random"] as const) {
      const change: Partial<FioJob> = { engine, direct, depth: 8, order };
      expect(judgeFio(await run("write", change))).toEqual({ verdict: "good", findings: [] });
      expect(judgeFio(await run("verify", change))).toEqual({ verdict: "good", findings: [] });
    }
  });

  test("writes the pattern that we think it writes", async () => {
    await run("write", { generation: 0x01020304 });
    const file = fs.readFileSync(path.join(directory, "file"));
    const constant = Buffer.alloc(periodBytes(BLOCK_BYTES) - 8, Buffer.from([1, 2, 3, 4]));
    for (let offset = 0; offset < SIZE_BYTES; offset += BLOCK_BYTES) {
      const address = Buffer.alloc(8);
      address.writeBigUInt64LE(BigInt(offset));
      const expected = Buffer.alloc(BLOCK_BYTES, Buffer.concat([constant, address]));
      expect(file.subarray(offset, offset + BLOCK_BYTES).equals(expected)).toBe(true);
    }
  });

  test("finds a flipped bit at its byte, and gives figures", async () => {
    const written = await run("write");
    expect(written).toMatchObject({ bytes: SIZE_BYTES, expectedBytes: SIZE_BYTES, fileBytes: SIZE_BYTES });
    expect(written.latencyNs?.p99).toBeGreaterThan(0);
    const file = path.join(directory, "file");
    const bytes = fs.readFileSync(file);
    bytes[5 * BLOCK_BYTES + 123] = (bytes[5 * BLOCK_BYTES + 123] ?? 0) ^ 4;
    fs.writeFileSync(file, bytes);
    const result = await run("verify");
    expect(result.extents).toMatchObject([{ offset: 5 * BLOCK_BYTES, lengthBytes: BLOCK_BYTES }]);
    expect(result.extents[0]?.what).toMatch(/ at byte 123 of the block$/);
    expect(judgeFio(result)).toMatchObject({ verdict: "bad", findings: [{ kind: "damaged" }] });
  });

  test("leaves a file that is too short as it is, to verify as to write", async () => {
    await run("write");
    const file = path.join(directory, "file");
    fs.truncateSync(file, SIZE_BYTES / 2);
    const half = fs.readFileSync(file);
    expect(judgeFio(await run("verify"))).toMatchObject({ verdict: "bad", findings: [{ kind: "truncated" }] });
    await expect(run("write")).rejects.toThrow(expect.objectContaining({ code: "INTEGRITY_FIO_FILE" }));
    expect(fs.readFileSync(file).equals(half)).toBe(true);
  });

  test.each(["a:b", "a b", String.raw`back\slash`, String.raw`both\:`, "${HOME}", "it's", 'a"b', "ü,%=*?"])(
    "writes to a file named %j and to no other",
    async (name) => {
      expect(judgeFio(await run("write", { file: path.join(directory, name) })).verdict).toBe("good");
      expect(fs.readdirSync(directory)).toEqual([name]);
      expect(fs.readFileSync(path.join(directory, name)).subarray(0, 4)).toEqual(Buffer.from([0, 0, 0, 2]));
    },
  );

  test("ends with all that it started when the job is aborted", async () => {
    const controller = new AbortController();
    const file = path.join(directory, "file");
    const job = jobFor("write", { sizeBytes: 2 ** 33, blockBytes: 4096 });
    const running = runFioJob(job, controller.signal);
    await vi.waitUntil(() => fs.statSync(file, { throwIfNoEntry: false })?.blocks, { timeout: 30_000 });
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    await expect.poll(() => processesNaming(file)).toEqual([]);
    expect(fs.statSync(file).blocks * 512).toBeLessThan(job.sizeBytes / 2);
  });

  test("does for IOIntegrity what its command says, not what it means: 4 KiB writes, one at a time", async () => {
    const file = path.join(directory, "file");
    const step = { step: "write", file, sizeBytes: SIZE_BYTES, pattern: "0x0123456789abcdef" } as const;
    const { exitStatus, stdout } = await runFio("fio", ioIntegrityArguments(step), unaborted());
    expect(exitStatus).toBe(0);
    expect(stdout).toContain("bs=(R) 128KiB-128KiB, (W) 4096B-4096B, (T) 4096B-4096B, ioengine=psync, iodepth=4");
    expect(stdout).toContain(`issued rwts: total=0,${SIZE_BYTES / 4096},0,0`);
  });
});

/** Command lines of processes that have the text among their arguments. */
function processesNaming(text: string): string[] {
  const lines = fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(commandLine);
  return lines.filter((line) => line.includes(text));
}

function commandLine(pid: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
