import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Report, Summary } from "../../src/core/report.ts";
import { parseReport } from "../../src/report/parse.ts";
import { makeFolder } from "../bench.ts";

const MAIN = path.resolve("dist/cli/main.js");
const LOOK_AT_MEMORY_MS = 20;

/** One run of the command, as a user would start it. */
export interface MeasuredRun {
  report: Report;
  /** From the start of the process to its end. */
  wallMs: number;
  /** The most that was ever resident of the process itself, without its agents (VmHWM, proc(5)). */
  peakBytes: number;
}

/** Runs the trial in a folder of its own. @throws Error with what it said when it could not run */
export async function runCommand(words: readonly string[]): Promise<MeasuredRun> {
  using folder = makeFolder();
  const always = ["run", "visibility", "--json", "--quiet", "--path", folder.path];
  const { stdout, ...measured } = await timed([...always, ...words], folder.path);
  return { report: parseReport(stdout), ...measured };
}

/** Any other command, for what it does. */
export async function runQuietly(words: readonly string[]): Promise<void> {
  await timed(words, os.tmpdir());
}

function timed(words: readonly string[], cwd: string): Promise<{ stdout: string; wallMs: number; peakBytes: number }> {
  const beganMs = performance.now();
  const child = spawn(process.execPath, [MAIN, ...words], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => (said[name] += text));
  let peakBytes = 0;
  const looking = setInterval(() => (peakBytes = peakOf(child.pid) ?? peakBytes), LOOK_AT_MEMORY_MS);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      clearInterval(looking);
      if (code === 2 || code === 3 || code === null) reject(new Error(`${words.join(" ")}: ${said.stderr}`));
      else resolve({ stdout: said.stdout, wallMs: performance.now() - beganMs, peakBytes });
    });
  });
}

function peakOf(pid: number | undefined): number | undefined {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}

/** The series of a metric with all of these labels. @throws RangeError where the run has none */
export function summaryOf({ trials }: Report, metric: string, labels: Record<string, string> = {}): Summary {
  const has = (own: Record<string, string>) => Object.entries(labels).every(([name, value]) => own[name] === value);
  const found = trials[0]?.summaries.find((summary) => summary.metric === metric && has(summary.labels));
  if (!found) throw new RangeError(`the run has no ${metric} ${JSON.stringify(labels)}: ${trials[0]?.headline}`);
  return found;
}

/** The median of a series. */
export function medianOf(report: Report, metric: string, labels: Record<string, string> = {}): number {
  return summaryOf(report, metric, labels).p50.value ?? Number.POSITIVE_INFINITY;
}
