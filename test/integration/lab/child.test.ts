import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { judgeRun } from "../../../src/engine/judge.ts";
import { sweepLedgers } from "../../../src/store/ledger.ts";
import { isAlive } from "../../../src/store/owner.ts";
import { listRuns, openRun } from "../../../src/store/reader.ts";
import { temporaryFolder } from "../../fixtures/folders.ts";
import { placebo } from "../../fixtures/placebo.ts";
import { requires } from "../../requires.ts";

const never = new AbortController().signal;
let folder: string;
let script: string;

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-child-"));
  script = path.join(folder, "child.mjs");
  const entryPoints = [path.join(import.meta.dirname, "child.ts")];
  buildSync({ entryPoints, bundle: true, platform: "node", format: "esm", target: "node20", outfile: script });
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Starts a lab that tells what it has recorded, and kills it when that is `limit`. Returns what it told last. */
async function killAfter(limit: number, home: string): Promise<number> {
  const child = spawn(process.execPath, [script, "tell", home, "1000000"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  let told = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    told = Number(line);
    if (told >= limit) child.kill("SIGKILL");
  }
  await ended;
  expect(child.signalCode).toBe("SIGKILL");
  return told;
}

describe("a lab that is killed", () => {
  it.each([1, 20, 300, 4000])("after %i operations loses none that it had told of", async (limit) => {
    const root = temporaryFolder();
    const home = path.join(root, "home");
    const told = await killAfter(limit, home);
    const run = openRun("latest", path.join(home, "runs"));
    const ended = [...run.readHistory("placebo", placebo.operation)].filter(({ kind }) => kind === "ok");
    expect(ended.length).toBeGreaterThanOrEqual(told);

    const report = judgeRun(run, [placebo]);
    expect(report).toMatchObject({ ended: "unfinished", verdict: "inconclusive" });
    expect(listRuns(path.join(home, "runs"))).toHaveLength(1);

    const workdir = path.join(fs.realpathSync(os.tmpdir()), `seatrial-${report.runId}-placebo`);
    expect(fs.existsSync(workdir)).toBe(true);
    await sweepLedgers(path.join(root, "state"), isAlive, never);
    expect(fs.existsSync(workdir)).toBe(false);
  });
});

describe("a lab with very many operations", () => {
  it("keeps none of them in memory", () => {
    const home = path.join(temporaryFolder(), "home");
    const { stdout } = spawnSync(process.execPath, [script, "quiet", home, "100000"], { encoding: "utf8" });
    const result = JSON.parse(stdout) as { verdict: string; count: number; maxResidentKib: number };
    expect(result).toMatchObject({ verdict: "pass", count: 100_000, sameAgain: true });
    expect(result.maxResidentKib).toBeLessThan(150 * 1024);
  });
});

requires("embedded")("a lab on a small disk", () => {
  /** Runs the child over a memory file system of 1 MiB that only it can see. */
  function onSmallDisk(mode: "quiet" | "fill", operations: number, after = ""): Record<string, unknown> {
    const home = path.join(temporaryFolder(), "home");
    fs.mkdirSync(home);
    const identity = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
    const mount = `mount -t tmpfs -o size=1m small "$1" && mkdir "$1/runs" ${after} && exec "$2" "$3" "$4" "$1" "$5"`;
    const args = [
      ...identity,
      "--mount",
      "sh",
      "-ec",
      mount,
      "sh",
      home,
      process.execPath,
      script,
      mode,
      String(operations),
    ];
    const { stdout, stderr } = spawnSync("unshare", args, { encoding: "utf8" });
    expect(stderr).toBe("");
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  it("ends as errored when it is full, and all that was recorded is whole", () => {
    const result = onSmallDisk("quiet", 6000);
    expect(result).toMatchObject({ verdict: "errored", ended: "errored", storageCode: "DISK_FULL", sameAgain: true });
    expect(result["reason"]).toMatch(/^DISK_FULL: cannot write .*history\.ndjson: ENOSPC.* Free some space/);
    expect(result["problems"]).toEqual([expect.stringMatching(/^DISK_FULL/)]);
    expect(result["count"]).toBeGreaterThan(1000);
    expect(result["files"]).toEqual(["lab.ndjson", "manifest.json", "placebo", "report.json"]);
  });

  it("keeps a reserve for its last words", () => {
    const { code, written, read, files } = onSmallDisk("fill", 0);
    expect({ code, files }).toEqual({ code: "DISK_FULL", files: ["lab.ndjson", "manifest.json"] });
    // Lines of 1 KiB; without the reserve of 128 KiB the disk ends at 890.
    expect(written).toBeGreaterThan(950);
    expect(read).toBe(written);
  });

  it("says at once that it cannot write", () => {
    const result = onSmallDisk("quiet", 1, '&& mount -o remount,ro "$1"');
    expect(result).toEqual({ code: "RUN_FOLDER_NOT_WRITABLE", remedy: expect.stringContaining("--out") as string });
  });
});
