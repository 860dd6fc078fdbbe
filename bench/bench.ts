import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { stateDirOf } from "../src/cli/state-dir.ts";
import { openLedger } from "../src/store/ledger.ts";
import { currentOwner } from "../src/store/owner.ts";
import { markdownOf, type Measurement } from "./table.ts";

/** One question of a bench. */
export interface Part {
  title: string;
  measure(): Promise<Measurement[]>;
}

/** A bench: what it measures, by the word that asks for each part. */
export interface Bench {
  /** The name of the trial, and of the file with the results. */
  name: string;
  parts: Readonly<Record<string, Part>>;
}

/**
 * Measures the parts that `words` name, or all. Prints Markdown; the same as JSON goes to `dist/bench/NAME.json`.
 * @throws Error where a word names none
 */
export async function runBench({ name, parts }: Bench, words: readonly string[]): Promise<void> {
  const unknown = words.filter((word) => !(word in parts));
  if (unknown.length > 0) throw new Error(`no part ${unknown.join(", ")}; there are ${Object.keys(parts).join(", ")}`);

  const machine = `${os.cpus().length} x ${os.cpus()[0]?.model ?? "?"}, Linux ${os.release()}, Node.js ${process.version}`;
  const results: { title: string; load: number | undefined; rows: Measurement[] }[] = [];
  console.log(`# Bench of the ${name} trial\n\n${machine}\n`);
  for (const [word, part] of Object.entries(parts)) {
    if (words.length > 0 && !words.includes(word)) continue;
    const [load] = os.loadavg();
    const rows = await part.measure();
    results.push({ title: part.title, load, rows });
    console.log(`${markdownOf(part.title, rows)}\nLoad of the machine before: ${load?.toFixed(1)}\n`);
  }
  mkdirSync("dist/bench", { recursive: true });
  writeFileSync(`dist/bench/${name}.json`, `${JSON.stringify({ machine, results }, null, 2)}\n`);
}

/** A directory that is removed with all that is in it. */
export interface Folder extends Disposable {
  readonly path: string;
}

/**
 * A new directory for what is measured, which `seatrial sweep` removes where the bench was killed; below
 * SEATRIAL_BENCH_PATH where that is set. It matters: ext4 without a journal steps over every inode that was deleted within
 * the last minutes, and a creation takes hundreds of microseconds there.
 */
export function makeFolder(): Folder {
  const owner = currentOwner(`bench-${randomBytes(4).toString("hex")}`, process.pid);
  const ledger = openLedger(stateDirOf(process.env), owner);
  const folder = path.join(process.env["SEATRIAL_BENCH_PATH"] || os.tmpdir(), `seatrial-${owner.runId}`);
  const entry = ledger.makeDirectory(folder);
  const dispose = () => {
    rmSync(folder, { recursive: true, force: true });
    entry.done();
    ledger.close();
  };
  return { path: folder, [Symbol.dispose]: dispose };
}
