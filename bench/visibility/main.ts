// Measures the visibility trial: `npm run bench`, or `npm run bench -- exec setup rate delays memory` for some of it.
// SEATRIAL_BENCH_PATH names an existing directory on the file system to measure.
import { runBench } from "../bench.ts";
import { PARTS } from "./parts.ts";

await runBench({ name: "visibility", parts: PARTS }, process.argv.slice(2));
