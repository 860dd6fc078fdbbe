// Measures the integrity trial against fio, in turns on the same file: `npm run bench:integrity`, or
// `npm run bench:integrity -- 128k 1m random from-memory memory` for some of it. SEATRIAL_BENCH_PATH names an existing
// directory on the file system to measure.
import { runBench } from "../bench.ts";
import { PARTS } from "./parts.ts";

await runBench({ name: "integrity", parts: PARTS }, process.argv.slice(2));
