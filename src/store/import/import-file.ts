import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { messageOf } from "../../core/errors.ts";
import type { ImportedTrial, Importer } from "../../core/trial.ts";
import { storeError } from "../errors.ts";
import { openRun, type StoredRun } from "../reader.ts";
import { createRun } from "../writer.ts";

/** Larger reports would not fit into memory together with what is made of them. */
const MAX_IMPORT_BYTES = 256 * 1024 * 1024;

/** Who imports, for the manifest. */
export interface ImportContext {
  runsFolder: string;
  versions: { seatrial: string; node: string };
  command: string;
}

/**
 * Makes a run folder of another tool's JSON report. The kind is told by the content.
 * @throws IMPORT_UNREADABLE, IMPORT_UNKNOWN, DISK_FULL, RUN_FOLDER_NOT_WRITABLE
 */
export function importFile(file: string, importers: readonly Importer[], context: ImportContext): StoredRun {
  const bytes = readBounded(file);
  const document = parse(file, bytes);
  const importer = importers.find((candidate) => candidate.recognise(document));
  if (!importer)
    throw storeError("IMPORT_UNKNOWN", `${file} is none of: ${importers.map(({ title }) => title).join(", ")}`);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const imported = convert(file, importer, document);
  return writeImportedRun(imported, { importer: importer.id, file: path.basename(file), sha256 }, context);
}

/** Stores what an importer made as a run that ended by itself. */
export function writeImportedRun(
  imported: ImportedTrial,
  source: { importer: string; file: string; sha256: string },
  { runsFolder, versions, command }: ImportContext,
): StoredRun {
  const { trial, options, plan, startedAt, host, runtime } = imported;
  const trials = [{ id: trial, options, plan, command }];
  const draft = {
    kind: "import" as const,
    startedAt: startedAt.toISOString(),
    seed: "",
    command,
    versions,
    host,
    runtime,
  };
  const run = createRun(runsFolder, { ...draft, trials, source });
  try {
    const history = run.beginTrial(trial);
    run.lab.write(0, { kind: "trial-began", trial });
    let endNs = 0;
    for (const { index: _, timeNs, ...body } of imported.events) {
      history.write(timeNs, body);
      endNs = timeNs;
    }
    run.lab.write(endNs, { kind: "trial-ended", trial, outcome: "completed", events: history.count });
    run.lab.write(endNs, { kind: "run-ended", outcome: "completed" });
  } finally {
    run.close();
  }
  return openRun(run.folder);
}

function readBounded(file: string): Buffer {
  try {
    const { size } = fs.statSync(file);
    if (size <= MAX_IMPORT_BYTES) return fs.readFileSync(file);
  } catch (error) {
    throw storeError("IMPORT_UNREADABLE", `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
  throw storeError("IMPORT_UNREADABLE", `${file} is larger than ${MAX_IMPORT_BYTES} bytes`);
}

function parse(file: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw storeError("IMPORT_UNREADABLE", `${file} is not JSON: ${messageOf(error)}`, { cause: error });
  }
}

function convert(file: string, importer: Importer, document: unknown): ImportedTrial {
  try {
    return importer.convert(document);
  } catch (error) {
    throw storeError("IMPORT_UNREADABLE", `${file} (${importer.title}): ${messageOf(error)}`, { cause: error });
  }
}
