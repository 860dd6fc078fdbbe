import type { Metric, Series, WeightedValues } from "../../core/metric.ts";
import { judgeFio } from "./fio/judge.ts";
import { DAMAGE_KINDS } from "./model.ts";
import {
  createStory,
  type FioJobStory,
  type IntegrityFold,
  type IntegrityJudgeContext,
  isCrash,
  type Reading,
  readingsAfterCrash,
  type Story,
  type Timing,
} from "./story.ts";
import { ratesOf, type Transfer } from "./throughput.ts";

export const integrityMetrics: readonly Metric[] = [
  {
    id: "integrity.acknowledged",
    unit: "bytes",
    direction: "none",
    meaning:
      "Bytes that a successful sync had covered, one value for each session: the time of one writer from its start to its end or to a crash. With fio, bytes of a write job that came to a good end.",
  },
  {
    id: "integrity.damaged-blocks",
    unit: "count",
    direction: "lower",
    meaning:
      "Blocks of 4 KiB that one reading found damaged, by kind of damage, one value for each reading that found it.",
  },
  {
    id: "integrity.uncertain-slots",
    unit: "count",
    direction: "none",
    meaning:
      "Slots of which more than one generation was right when they were read back after a crash: written, and not yet covered by a sync.",
  },
  {
    id: "integrity.reordered-slots",
    unit: "count",
    direction: "none",
    meaning:
      "Slots that lost a write at a crash although a later write of the same worker was kept, asked for when the lost one had been answered. Without a sync between the two that is allowed.",
  },
  {
    id: "integrity.return-time",
    unit: "ms",
    direction: "lower",
    meaning:
      "From the moment at which a fault had ended the writer to the begin of the first reading after it that came to its end: the planned time without power, the restart, the mount with its recovery.",
  },
  {
    id: "integrity.write-latency",
    unit: "ns",
    direction: "lower",
    meaning:
      "Duration of the call that writes one slot, in classes at most 1 % wide; with --queue-depth from handing a transfer to the kernel to hearing of its end, its wait in the queue included. Of fio's, one value a job: the statistic that it reports.",
  },
  {
    id: "integrity.sync-latency",
    unit: "ns",
    direction: "lower",
    meaning: "Duration of one fsync or fdatasync, in classes at most 1 % wide.",
  },
  {
    id: "integrity.read-latency",
    unit: "ns",
    direction: "lower",
    meaning:
      "Duration of one call that reads back, through the page cache (buffered) or past it (direct), in classes at most 1 % wide. Of fio's, one value a job: the statistic that it reports.",
  },
  {
    id: "integrity.write-throughput",
    unit: "bytes-per-second",
    direction: "higher",
    meaning:
      "Bytes that all workers together wrote per second of wall time in which any was at it, checksums and syncs included, by windows of one second (of shorter runs, a tenth). Of fio's, one value a job, as it reports.",
  },
  {
    id: "integrity.read-throughput",
    unit: "bytes-per-second",
    direction: "higher",
    meaning:
      "Bytes read back and checked per second of wall time, one value for each reading. Of fio's, as it reports.",
  },
];

/** The numbers behind the statistics. Series without a value are left out. */
export function measureIntegrity(context: IntegrityJudgeContext): IntegrityFold<Series[]> {
  const story = createStory(context);
  return { see: story.see, finish: () => seriesOf(story.finish()) };
}

function seriesOf(story: Story): Series[] {
  const acknowledged = story.sessions.map(({ acknowledgedBytes }) => acknowledgedBytes);
  return [
    ...(story.jobs.length > 0 ? [] : [series("acknowledged", {}, acknowledged)]),
    ...damageSeries(story.readings),
    ...crashSeries(story),
    ...returnSeries(story),
    ...latencySeries(story),
    series("write-throughput", {}, ratesOf(story.stretches, rateWindowNs(story.stretches))),
    ...readThroughput(story.readings),
    ...fioSeries(story.jobs),
  ].filter(({ values, censored }) => values.length + censored > 0);
}

function series(name: string, labels: Record<string, string>, values: number[] | WeightedValues): Series {
  return { metric: `integrity.${name}`, labels, ...("length" in values ? { values } : values), censored: 0 };
}

function damageSeries(readings: readonly Reading[]): Series[] {
  return DAMAGE_KINDS.map((damage) =>
    series(
      "damaged-blocks",
      { damage },
      readings.flatMap(({ result }) => result?.counts[damage] ?? []),
    ),
  );
}

function crashSeries(story: Story): Series[] {
  const results = readingsAfterCrash(story).flatMap(({ result }) => result ?? []);
  return [
    series(
      "uncertain-slots",
      {},
      results.map(({ uncertainSlots }) => uncertainSlots),
    ),
    series(
      "reordered-slots",
      {},
      results.map(({ reorderedSlots }) => reorderedSlots),
    ),
  ];
}

function returnSeries({ faults, readings, jobs, endNs }: Story): Series[] {
  const kinds = new Map<string, Series>();
  const returns = [...readings.filter(({ result }) => result), ...jobs.filter(({ op }) => op.result)];
  for (const crash of faults.filter(isCrash)) {
    const { kind } = crash.fault;
    const entry = kinds.get(kind) ?? series("return-time", { fault: kind }, []);
    kinds.set(kind, entry);
    const back = returns.filter(({ startNs }) => startNs >= crash.startNs).map(({ startNs }) => startNs);
    if (back.length > 0) entry.values.push((Math.min(...back) - crash.startNs) / 1e6);
    else {
      entry.censored++;
      entry.censoredAbove = Math.min(entry.censoredAbove ?? Infinity, (endNs - crash.startNs) / 1e6);
    }
  }
  return [...kinds.values()];
}

const TIMED: readonly [Timing, metric: string, labels: Record<string, string>][] = [
  ["write", "write-latency", {}],
  ["sync", "sync-latency", {}],
  ["read direct", "read-latency", { path: "direct" }],
  ["read buffered", "read-latency", { path: "buffered" }],
];

function latencySeries({ latencies }: Story): Series[] {
  return TIMED.flatMap(([timing, metric, labels]) => {
    const values = latencies.get(timing);
    return values ? [series(metric, labels, values)] : [];
  });
}

/** Windows of a second; of a run of a few seconds, so many that there is something to compare. */
function rateWindowNs(stretches: readonly Transfer[]): number {
  const lastNs = stretches.at(-1)?.endNs ?? 0;
  const lengthNs = lastNs - (stretches[0]?.startNs ?? 0);
  return lengthNs < 10e9 ? 1e8 : 1e9;
}

function readThroughput(readings: readonly Reading[]): Series[] {
  return (["direct", "buffered"] as const).map((path) =>
    series(
      "read-throughput",
      { path },
      readings.flatMap(({ op, result }) =>
        op.path === path && result && result.durationNs > 0 ? [result.readBytes / (result.durationNs / 1e9)] : [],
      ),
    ),
  );
}

const FIO_METRICS = { write: "write", verify: "read" } as const;

function fioSeries(jobs: readonly FioJobStory[]): Series[] {
  const labels = { engine: "fio" };
  const good = jobs.filter(({ op }) => op.job === "write" && op.result && judgeFio(op.result).verdict === "good");
  return [
    series(
      "acknowledged",
      labels,
      good.map(({ op }) => op.result?.bytes ?? 0),
    ),
    ...(["write", "verify"] as const).flatMap((job) => {
      const results = jobs.flatMap(({ op }) => (op.job === job && op.result ? [op.result] : []));
      const name = FIO_METRICS[job];
      const rates = results.map(({ bandwidthBytesPerSecond }) => bandwidthBytesPerSecond).filter((rate) => rate > 0);
      return [
        series(`${name}-throughput`, labels, rates),
        ...FIO_STATISTICS.map((statistic) =>
          series(
            `${name}-latency`,
            { ...labels, statistic },
            results.flatMap(({ latencyNs }) => latencyNs?.[statistic] ?? []),
          ),
        ),
      ];
    }),
  ];
}

const FIO_STATISTICS = ["p50", "p99", "p999", "max"] as const;
