import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { buildSync } from "esbuild";
import { expect, test } from "vitest";
import { isAlive } from "../src/store/owner.ts";
import { sweepLedgers } from "../src/store/ledger.ts";
import { temporaryFolder } from "./fixtures/folders.ts";

/** Makes a folder as benches do, says where, and comes to the end. */
function bench(end: string): { folder: string; stateDir: string; sweep(): Promise<string[]> } {
  const [place, stateDir] = [fs.realpathSync(temporaryFolder()), temporaryFolder()];
  const script = path.join(place, "bench.mjs");
  const contents = `
    import { makeFolder } from "./bench/bench.ts";
    const folder = makeFolder();
    console.log(folder.path);
    ${end};`;
  buildSync({ stdin: { contents, resolveDir: "." }, outfile: script, bundle: true, platform: "node", format: "esm" });
  const env = { ...process.env, SEATRIAL_STATE_DIR: stateDir, SEATRIAL_BENCH_PATH: place };
  const folder = spawnSync(process.execPath, [script], { encoding: "utf8", env }).stdout.trim();
  expect(path.dirname(folder)).toBe(place);
  return { folder, stateDir, sweep: () => sweepLedgers(stateDir, isAlive, new AbortController().signal) };
}

test("a bench that comes to its end leaves nothing", () => {
  const { folder, stateDir } = bench("folder[Symbol.dispose]()");
  expect(fs.existsSync(folder)).toBe(false);
  expect(fs.readdirSync(path.join(stateDir, "ledger"))).toEqual([]);
});

test("what a bench that was killed has left is swept", async () => {
  const { folder, sweep } = bench('process.kill(process.pid, "SIGKILL")');
  expect(fs.existsSync(folder)).toBe(true);
  expect(await sweep()).toEqual([expect.stringContaining(`removed directory ${folder}`)]);
  expect(fs.existsSync(folder)).toBe(false);
});
