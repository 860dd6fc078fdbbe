import fs from "node:fs";
import path from "node:path";
import type { TaskContext, TaskTable } from "../../../agent/protocol.ts";
import { messageOf, systemCode } from "../../../core/errors.ts";
import { integrityError } from "../errors.ts";
import { fioArguments } from "../fio/arguments.ts";
import { checkFioJob, type FioJob } from "../fio/job.ts";
import { judgeFio } from "../fio/judge.ts";
import { readFioOutcome } from "../fio/outcome.ts";
import { FIO_FEATURES, type FioFacts, type FioFeature, knowsOption, readFioVersion } from "../fio/probe.ts";
import { runFio } from "../fio/process.ts";
import type { FioResult } from "../model.ts";
import { syncDirectory } from "../sync-directory.ts";

/** What an agent can do with fio. */
export const fioTasks: TaskTable = {
  /** @throws INTEGRITY_FIO_MISSING, INTEGRITY_FIO_UNFIT */
  "integrity.fio-probe": ({ directory }: { directory: string }, { signal }: TaskContext) => probeFio(directory, signal),
  /** @throws INTEGRITY_FIO_MISSING, INTEGRITY_FIO_JOB, INTEGRITY_FIO_FILE */
  "integrity.fio": (job: FioJob, { signal }: TaskContext) => runFioJob(job, signal),
};

/** Asks fio for its version and options, and finds by tiny jobs in `directory` how it can write there. */
export async function probeFio(directory: string, signal: AbortSignal): Promise<FioFacts> {
  const { stdout: answer } = await runInstalledFio(["--version"], signal);
  const version = readFioVersion(answer);
  if (version === undefined) throw integrityError("INTEGRITY_FIO_UNFIT", `"fio --version" answers "${answer.trim()}"`);
  const features: FioFeature[] = [];
  for (const name of FIO_FEATURES) {
    const { stdout } = await runInstalledFio([`--cmdhelp=${name}`], signal);
    if (knowsOption(stdout, name)) features.push(name);
  }
  return { version, features, ...(await probeEngine(directory, signal)) };
}

const WAYS: readonly Pick<FioFacts, "engine" | "direct">[] = [
  { engine: "libaio", direct: true },
  { engine: "psync", direct: true },
  { engine: "psync", direct: false },
];
const PROBE_BYTES = 4096;

async function probeEngine(directory: string, signal: AbortSignal): Promise<Pick<FioFacts, "engine" | "direct">> {
  const file = path.join(directory, "seatrial-fio-probe");
  const size = { sizeBytes: PROBE_BYTES, blockBytes: PROBE_BYTES, depth: 1, generation: 1 };
  const refusals: string[] = [];
  try {
    for (const way of WAYS) {
      const job: FioJob = { kind: "write", file, ...size, ...way, order: "sequential", mode: "generation-pattern" };
      const { verdict, findings } = judgeFio(await runFioJob(job, signal));
      if (verdict === "good") return way;
      refusals.push(`${way.engine}: ${findings.map(({ text }) => text).join("; ")}`);
    }
  } finally {
    fs.rmSync(file, { force: true });
  }
  throw integrityError("INTEGRITY_FIO_UNFIT", `no way to write to ${directory}: ${refusals.join(". ")}`);
}

/** Runs one job; a write job makes the file when there is none. */
export async function runFioJob(job: FioJob, signal: AbortSignal): Promise<FioResult> {
  checkFioJob(job);
  if (job.kind === "write") makeFile(job);
  const ended = await runInstalledFio(fioArguments(job), signal);
  const fileBytes = sizeOf(job.file);
  return readFioOutcome({ ...ended, ...(fileBytes === undefined ? {} : { fileBytes }) }, job);
}

async function runInstalledFio(argv: readonly string[], signal: AbortSignal) {
  try {
    return await runFio("fio", argv, signal);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    throw integrityError("INTEGRITY_FIO_MISSING", `there is no fio here: ${messageOf(error)}`, { cause: error });
  }
}

/** fio would unlink a file of another size, and with it what a verify job has not seen yet. */
function makeFile({ file, sizeBytes }: FioJob): void {
  const foundBytes = sizeOf(file);
  if (foundBytes === sizeBytes) return;
  if (foundBytes !== undefined)
    throw integrityError("INTEGRITY_FIO_FILE", `${file} has ${foundBytes} bytes, the job would write ${sizeBytes}`);
  const fd = fs.openSync(file, "wx");
  try {
    fs.ftruncateSync(fd, sizeBytes);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  syncDirectory(path.dirname(file));
}

function sizeOf(file: string): number | undefined {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  return found?.isFile() ? found.size : undefined;
}
