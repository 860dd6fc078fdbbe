import fs from "node:fs";
import path from "node:path";
import { FIO_FAULTS } from "../../../src/trials/integrity/fio/faults.ts";
import type { FioModeId } from "../../../src/trials/integrity/fio/modes.ts";
import { ioIntegrityArguments } from "../../../src/trials/integrity/fio/io-integrity.ts";
import type { FioJob } from "../../../src/trials/integrity/fio/job.ts";
import { runFio } from "../../../src/trials/integrity/fio/process.ts";
import type { FioResult } from "../../../src/trials/integrity/model.ts";
import { runFioJob } from "../../../src/trials/integrity/tasks/fio.ts";
import type { Row, Sight } from "../../reference/detection-page.ts";
import { BLOCK_BYTES, FILE_BYTES, FILE_FAULTS, type FileFault, type Writings } from "./file-faults.ts";

const unaborted = () => new AbortController().signal;

/** What one mode of fio sees of each fault, by its own words: the file's size is looked at by nobody else. */
export async function measureMode(mode: FioModeId, directory: string): Promise<Row> {
  const job = jobsFor(mode, directory);
  const { file } = job("write", 1);
  const write = async (generation: number) => {
    const result = await runFioJob(job("write", generation), unaborted());
    if (result.exitStatus !== 0) throw new Error(`${mode}: fio cannot write: ${result.messages.join("; ")}`);
    return fs.readFileSync(file);
  };
  const writings = await writeAll(write);
  return measureRow(file, writings, async (damaged) => {
    return sightOf(await runFioJob(job("verify", 2), unaborted()), damaged);
  });
}

/** fio's word for a mode of a later version. */
export async function refusalOf(mode: FioModeId, directory: string): Promise<string> {
  const { messages } = await runFioJob(jobsFor(mode, directory)("write", 1), unaborted());
  return messages[0]?.replace(/^fio: /, "") ?? "";
}

function jobsFor(mode: FioModeId, directory: string) {
  return (kind: FioJob["kind"], generation: number): FioJob => ({
    kind,
    file: path.join(directory, mode),
    sizeBytes: FILE_BYTES,
    blockBytes: BLOCK_BYTES,
    generation,
    engine: "psync",
    direct: false,
    depth: 1,
    order: "sequential",
    mode,
  });
}

/** What IOIntegrity sees, which goes by the exit status of its own two commands. */
export async function measureIoIntegrity(directory: string): Promise<Row> {
  const file = path.join(directory, "io-integrity");
  const step = (name: "write" | "verify") =>
    runFio(
      "fio",
      ioIntegrityArguments({ step: name, file, sizeBytes: FILE_BYTES, pattern: "0x0123456789abcdef" }),
      unaborted(),
    );
  const writings = await writeAll(async () => {
    const { exitStatus, stderr } = await step("write");
    if (exitStatus !== 0) throw new Error(`fio cannot write: ${stderr}`);
    return fs.readFileSync(file);
  });
  return measureRow(file, writings, async () => ((await step("verify")).exitStatus === 0 ? "unseen" : "seen"));
}

async function writeAll(write: (generation: number) => Promise<Buffer>): Promise<Writings> {
  const [old, now, next, again] = [await write(1), await write(2), await write(3), await write(2)];
  // fio knows neither runs nor writers: what another one writes in generation 2 is what this one writes.
  return { old, now, next, foreign: again, zombie: again };
}

async function measureRow(
  file: string,
  writings: Writings,
  look: (bad: FileFault["bad"]) => Promise<Sight>,
): Promise<Row> {
  const row: Partial<Row> = {};
  fs.writeFileSync(file, writings.now);
  const alarm = await look([]);
  if (alarm !== "unseen") throw new Error(`${file}: a false alarm on an undamaged file (${alarm})`);
  for (const fault of FIO_FAULTS) {
    const { bad, spoil } = FILE_FAULTS[fault];
    const spoilt = spoil(writings);
    if (spoilt) fs.writeFileSync(file, spoilt);
    else fs.rmSync(file);
    row[fault] = await look(bad);
  }
  return row as Row;
}

function sightOf(result: FioResult, bad: FileFault["bad"]): Sight {
  const { exitStatus, jsonError, totalErrors, bytes, extents } = result;
  const isLoud = exitStatus !== 0 || jsonError !== 0 || totalErrors !== 0 || bytes !== FILE_BYTES;
  if (!isLoud) return extents.length > 0 ? "stderrOnly" : "unseen";
  const isNamed = ([block, count]: readonly [number, number]) =>
    extents.some(({ offset, lengthBytes }) => {
      return offset < (block + count) * BLOCK_BYTES && offset + lengthBytes > block * BLOCK_BYTES;
    });
  return bad.some(isNamed) && !bad.every(isNamed) ? "partly" : "seen";
}
