// Measures the visibility trial: `npm run bench`, or `npm run bench -- exec setup rate delays memory` for some of it.
// Prints Markdown; the same as JSON goes to dist/bench/visibility.json. SEATRIAL_BENCH_PATH names an existing directory on
// the file system to measure.
import { writeFileSync } from "node:fs";
import os from "node:os";
import { PARTS } from "./parts.ts";
import { markdownOf, type Measurement } from "./table.ts";

const words = process.argv.slice(2);
const unknown = words.filter((word) => !(word in PARTS));
if (unknown.length > 0) throw new Error(`no part ${unknown.join(", ")}; there are ${Object.keys(PARTS).join(", ")}`);

const machine = `${os.cpus().length} x ${os.cpus()[0]?.model ?? "?"}, Linux ${os.release()}, Node.js ${process.version}`;
const results: { title: string; load: number | undefined; rows: Measurement[] }[] = [];
console.log(`# Bench of the visibility trial\n\n${machine}\n`);
for (const [word, part] of Object.entries(PARTS)) {
  if (words.length > 0 && !words.includes(word)) continue;
  const [load] = os.loadavg();
  const rows = await part.measure();
  results.push({ title: part.title, load, rows });
  console.log(`${markdownOf(part.title, rows)}\nLoad of the machine before: ${load?.toFixed(1)}\n`);
}
writeFileSync("dist/bench/visibility.json", `${JSON.stringify({ machine, results }, null, 2)}\n`);
