import { spawn } from "node:child_process";
import path from "node:path";
import { text } from "node:stream/consumers";
import { parseReport } from "../../src/report/parse.ts";
import { makeFolder } from "../bench.ts";
import type { Measurement } from "../table.ts";
import { MAIN } from "./driver-lab.ts";

const REFERENCE = [
  ...[process.execPath, path.resolve("dist/subjects/reference-driver.cjs")],
  ...["socket", "state", "root", "control"].map((place) => `--${place} {${place}}`),
].join(" ");
/** What the reference driver obeys. */
const FAULTS = "away,starting,create-fails,mount-fails,mount-hangs,unmount-hangs,key-refused";

const DRIVERS: Readonly<Record<string, readonly string[]>> = {
  "the driver on directories": [],
  "the reference driver": ["--serve", REFERENCE, "--control-faults", FAULTS],
};

/** Every case that needs no engine at the usual scale, from the command to its report. */
export async function measureSuite(): Promise<Measurement[]> {
  const rows: Measurement[] = [];
  for (const [name, words] of Object.entries(DRIVERS)) {
    const { durationMs, headline } = await runSuite(words);
    rows.push({ what: `${name}: ${headline}`, unit: "s", values: [durationMs / 1e3], wanted: "< 180 s" });
  }
  return rows;
}

async function runSuite(words: readonly string[]): Promise<{ durationMs: number; headline: string }> {
  using folder = makeFolder();
  const beganMs = performance.now();
  const always = ["run", "volume", "--profile", "standard", "--json", "--quiet"];
  const child = spawn(process.execPath, [MAIN, ...always, ...words], {
    cwd: folder.path,
    env: { ...process.env, TMPDIR: folder.path },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { trials } = parseReport(await text(child.stdout));
  return { durationMs: performance.now() - beganMs, headline: trials[0]?.headline ?? "" };
}
