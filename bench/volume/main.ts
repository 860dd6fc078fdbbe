// Measures the volume driver, and the suite that judges drivers: `npm run bench:volume`, or
// `npm run bench:volume -- local socket list flood suite races races-cephfs peer peer-cephfs` for some; root is needed.
// SEATRIAL_BENCH_PATH names an existing directory on the file system to measure, SEATRIAL_BENCH_ROUNDS how many rounds of
// ten containers there are, and SEATRIAL_BENCH_PEER the command that serves another driver, as `--serve` takes it; on
// CephFS {monitors}, {client} and {keyring} in it stand for what the driver needs to know of the cluster.
import { runBench } from "../bench.ts";
import { PARTS } from "./parts.ts";

await runBench({ name: "volume", parts: PARTS }, process.argv.slice(2));
