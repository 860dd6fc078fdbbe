// Measures the volume driver, and the suite that judges drivers: `npm run bench:volume`, or
// `npm run bench:volume -- local socket list flood suite races races-cephfs hosts peer peer-cephfs` for some; root is needed.
// SEATRIAL_BENCH_PATH names an existing directory on the file system to measure, SEATRIAL_BENCH_ROUNDS how many rounds of
// ten containers there are, and SEATRIAL_BENCH_PEER the command that serves another driver, as `--serve` takes it; on
// CephFS {monitors}, {client} and {keyring} in it stand for what the driver needs to know of the cluster. What that one
// makes no volume without is in SEATRIAL_BENCH_PEER_OPTIONS: key=value,key=value, and {name} for the volume's name.
import { runBench } from "../bench.ts";
import { PARTS } from "./parts.ts";

await runBench({ name: "volume", parts: PARTS }, process.argv.slice(2));
