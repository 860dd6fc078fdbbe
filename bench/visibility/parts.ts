import { makeFolder, type Part } from "../bench.ts";
import { type Measurement, ratios, Series } from "../table.ts";
import { medianOf, runCommand, runQuietly, summaryOf } from "./command.ts";
import { type ExecMethod, openExecMethod } from "./exec-method.ts";
import { measureKnownDelays } from "./known-delays.ts";

const REPEATS = 5;
const EXEC_SAMPLES = 6;
const RUNTIMES = ["embedded", "docker"] as const;
const KINDS = ["file", "directory"] as const;

const NATIVE = ["--expect", "native", "--scenarios", "none", "--environments", "1"];
const CREATION = [
  ...["--operations", "create", "--directions", "host-to-container", "--states", "polling", "--observers", "stat"],
  ...NATIVE,
];

async function resident(series: Series, runtime: string): Promise<void> {
  const { report } = await runCommand([
    ...["--runtime", runtime, "--samples", "100000", "--max-duration", "2s"],
    ...CREATION,
  ]);
  series.add(
    `${runtime} floor`,
    medianOf(report, "visibility.floor", { place: "floor-in-container", state: "polling" }),
  );
  series.add(`${runtime} create`, medianOf(report, "visibility.latency", { operation: "create" }));
  series.add(`${runtime} rate`, medianOf(report, "visibility.rate"));
}

async function byExec(series: Series, method: ExecMethod): Promise<void> {
  const beganMs = performance.now();
  const samplesMs: number[] = [];
  for (let i = 0; i < EXEC_SAMPLES; i++) for (const kind of KINDS) samplesMs.push(await method.sample(kind));
  series.add("exec rate", samplesMs.length / ((performance.now() - beganMs) / 1e3));
  series.add("exec create", middle(samplesMs));
  const floorsMs: number[] = [];
  for (let i = 0; i < EXEC_SAMPLES; i++) for (const kind of KINDS) floorsMs.push(await method.floor(kind));
  series.add("exec floor", middle(floorsMs));
}

function middle(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.floor(half - 0.5)] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2;
}

const againstExec: Part = {
  title: "A resident reader against a look by exec",
  measure: async () => {
    using folder = makeFolder();
    const series = new Series();
    await using looks = await openExecMethod(folder.path);
    await looks.sample("file");
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      await byExec(series, looks);
      for (const runtime of RUNTIMES) await resident(series, runtime);
    }
    const row = (what: string, unit: Measurement["unit"], name: string) => ({ what, unit, values: series.of(name) });
    const by = (what: string, above: string, below: string): Measurement => ({
      what,
      unit: "times",
      values: ratios(series.of(above), series.of(below)),
      wanted: "> 100",
    });
    return ["exec", ...RUNTIMES]
      .flatMap((method): Measurement[] => [
        row(`${method}: floor`, "ms", `${method} floor`),
        row(`${method}: creation visible`, "ms", `${method} create`),
        row(`${method}: samples`, "per-second", `${method} rate`),
      ])
      .concat(
        RUNTIMES.flatMap((runtime) => [
          by(`floor of exec / ${runtime}`, "exec floor", `${runtime} floor`),
          by(`samples of ${runtime} / exec`, `${runtime} rate`, "exec rate"),
        ]),
      );
  },
};

const setUp: Part = {
  title: "Set-up and 100 samples, from the command to its report",
  measure: async () => {
    const series = new Series();
    const words = (runtime: string) => ["--runtime", runtime, "--samples", "100", ...CREATION, "--environments", "3"];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      await runQuietly(["sweep", "--runtime", "docker", "--images"]);
      series.add("docker, image not made yet", (await runCommand(words("docker"))).wallMs);
      series.add("docker", (await runCommand(words("docker"))).wallMs);
      series.add("embedded", (await runCommand(words("embedded"))).wallMs);
    }
    return [...series.values].map(([what, values]) => ({ what, unit: "ms", values, wanted: "< 10 s" }));
  },
};

const rate: Part = {
  title: "Samples per second, sustained over 4 s, of mixed cells",
  measure: async () => {
    const series = new Series();
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      for (const runtime of RUNTIMES) {
        for (const environments of [1, 3]) {
          const { report } = await runCommand([
            ...["--runtime", runtime, "--samples", "100000", "--max-duration", "4s", "--observers", "stat"],
            ...["--operations", "create,append,unlink", ...NATIVE, "--environments", String(environments)],
          ]);
          const total = medianOf(report, "visibility.rate");
          series.add(`${runtime}, ${environments} environment(s): all`, total);
          series.add(`${runtime}, ${environments} environment(s): each`, total / environments);
        }
      }
    }
    return [...series.values].map(([what, values]) => ({ what, unit: "per-second", values, wanted: "> 300" }));
  },
};

const memory: Part = {
  title: "Memory of the lab for 100,000 samples",
  measure: async () => {
    const run = await runCommand([
      ...["--runtime", "embedded", "--samples", "5600", "--max-duration", "1h", "--observers", "stat"],
      ...["--operations", "create,append", "--states", "never,polling", ...NATIVE],
    ]);
    const samples = summaryOf(run.report, "visibility.rate");
    const counted = run.report.trials[0]?.summaries.filter(
      ({ metric }) => metric === "visibility.success" || metric === "visibility.floor",
    );
    const count = counted?.reduce((sum, summary) => sum + summary.count, 0);
    return [
      {
        what: `resident at most, ${count} samples`,
        unit: "bytes",
        values: [run.peakBytes],
        wanted: "< 150 MB",
      },
      { what: "samples", unit: "per-second", values: [samples.p50.value ?? 0] },
      { what: "the whole run", unit: "ms", values: [run.wallMs] },
    ];
  },
};

const delays: Part = { title: "Known delays, as they are reported", measure: measureKnownDelays };

/** By the word that asks for each. `memory` takes minutes. */
export const PARTS: Readonly<Record<string, Part>> = { exec: againstExec, setup: setUp, rate, delays, memory };
