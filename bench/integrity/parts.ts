import { makeFolder, type Part } from "../bench.ts";
import { type Measurement, ratios, Series } from "../table.ts";
import { measureFio } from "./fio.ts";
import { measureFromMemory } from "./from-memory.ts";
import { measureMemory } from "./memory.ts";
import { openOurs } from "./ours.ts";

const REPEATS = 5;
const KIB = 2 ** 10;
const MIB = 2 ** 20;
const FILE_BYTES = 1024 * MIB;
const RANDOM_FILE_BYTES = 256 * MIB;
const RANDOM_STEPS = 240_000;

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  using folder = makeFolder();
  return await work(folder.path);
}

/** Writing and reading back with a checksum for every 4 KiB, in turns on one file. */
function withChecksums(blockBytes: number): Part["measure"] {
  return () =>
    inFolder(async (folder) => {
      const series = new Series();
      await using ours = await openOurs(folder, {
        slots: FILE_BYTES / blockBytes,
        slotBytes: blockBytes,
        order: "sequential",
        workers: 4,
      });
      const options = [`--bs=${blockBytes}`, `--size=${FILE_BYTES}`, "--verify=crc32c", "--verify_interval=4096"];
      await ours.writeAll();
      for (let repeat = 0; repeat < REPEATS; repeat++) {
        series.add("write, ours", await ours.writeAll());
        series.add("read, ours", await ours.verifyAll());
        const write = await measureFio(ours.file, "write", [
          ...options,
          "--rw=write",
          "--do_verify=0",
          "--end_fsync=1",
        ]);
        series.add("write, fio", write.bytesPerSecond);
        series.add("read, fio", (await measureFio(ours.file, "read", [...options, "--rw=read"])).bytesPerSecond);
      }
      return ["write", "read"].flatMap((kind) => compared(series, kind, "bytes-per-second", "> 0.9"));
    });
}

const random: Part["measure"] = () =>
  inFolder(async (folder) => {
    const series = new Series();
    // As many transfers in flight as fio keeps, by one thread each.
    const work = { slots: RANDOM_FILE_BYTES / (4 * KIB), slotBytes: 4 * KIB, order: "random", workers: 1 } as const;
    await using ours = await openOurs(folder, { ...work, queueDepth: 32 });
    await ours.writeAll();
    const options = ["--bs=4k", `--size=${RANDOM_FILE_BYTES}`, `--io_size=${RANDOM_STEPS * 4 * KIB}`];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      series.add("random write, ours, stamped", await ours.writeSome(RANDOM_STEPS / work.workers));
      series.add("random write, fio", (await measureFio(ours.file, "write", [...options, "--rw=randwrite"])).iops);
    }
    return compared(series, "random write", "per-second", "> 0.75");
  });

function compared(series: Series, kind: string, unit: Measurement["unit"], wanted: string): Measurement[] {
  const names = [...series.values.keys()].filter((name) => name.startsWith(kind));
  const [ours = "", fio = ""] = [
    names.find((name) => name.includes("ours")),
    names.find((name) => name.includes("fio")),
  ];
  return [
    ...[ours, fio].map((name) => ({ what: name, unit, values: series.of(name) })),
    { what: `${kind}, ours / fio`, unit: "times", values: ratios(series.of(ours), series.of(fio)), wanted },
  ];
}

/** By the word that asks for each. */
export const PARTS: Readonly<Record<string, Part>> = {
  "128k": {
    title: "128 KiB, a checksum for every 4 KiB, against fio verify=crc32c",
    measure: withChecksums(128 * KIB),
  },
  "1m": { title: "1 MiB, a checksum for every 4 KiB, against fio verify=crc32c", measure: withChecksums(MIB) },
  random: { title: "4 KiB random writes, against fio without verification", measure: random },
  "from-memory": { title: "Stamping and judging in memory, one thread", measure: measureFromMemory },
  memory: { title: "Memory of the agent by size of the file", measure: () => inFolder(measureMemory) },
};
