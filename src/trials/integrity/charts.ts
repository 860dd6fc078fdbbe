import type { BandClass, Chart } from "../../core/report.ts";
import { ecdf } from "../../statistics/ecdf.ts";
import { quantile } from "../../statistics/quantile.ts";
import { sampleOf, sizeOf } from "../../statistics/sample.ts";
import { formatQuantity } from "../../core/quantity.ts";
import { damageMaps, fioMap, sizeUnit } from "./damage-maps.ts";
import { judgeFio } from "./fio/judge.ts";
import type { FioResult } from "./model.ts";
import {
  createStory,
  type FioJobStory,
  type IntegrityFold,
  type IntegrityJudgeContext,
  type Story,
  type Timed,
  type Timing,
} from "./story.ts";
import { type Transfer, windowsOf } from "./throughput.ts";
import { faultName } from "./words.ts";

type Bands = Extract<Chart, { kind: "bands" }>;

/** What happened when, where damage was, how fast it was; charts without data are left out. */
export function chartIntegrity(context: IntegrityJudgeContext): IntegrityFold<Chart[]> {
  const story = createStory(context);
  return {
    see: story.see,
    finish: () => {
      const told = story.finish();
      const { workload } = context.plan.steps;
      return [
        timeline(told),
        ...(told.jobs.length > 0 ? fioMap(told, context.options) : damageMaps(told, workload.regions)),
        throughput(told),
        percentiles(told),
        cumulative(told),
      ].filter(({ count }) => count > 0);
    },
  };
}

const timeAxis = { label: "time in the run", unit: "s", scale: "linear" } as const;
const seconds = (timeNs: number): number => timeNs / 1e9;

const FAULT: BandClass = { name: "fault", tone: "notice" };
const WRITING: BandClass = { name: "writing", tone: "calm" };
const READING: BandClass = { name: "read back, all as promised", tone: "calm" };
const REFUSED: BandClass = { name: "calls failed", tone: "bad" };
const DAMAGED: BandClass = { name: "read back, damage found", tone: "bad" };
const UNENDED: BandClass = { name: "came to no end", tone: "faint" };

const LANES_DRAWN = 1000;

/** A stretch of one row of the timeline. */
interface Lane {
  row: string;
  timed: Timed;
  look: BandClass;
  text: string;
}

function timeline(story: Story): Bands {
  const all = [...faultLanes(story), ...sessionLanes(story), ...readingLanes(story), ...jobLanes(story)];
  const lanes = thinned(all);
  const rows = [...new Set(lanes.map(({ row }) => row))];
  const classes = [FAULT, WRITING, READING, DAMAGED, REFUSED, UNENDED].filter((one) =>
    lanes.some(({ look }) => look === one),
  );
  return {
    kind: "bands",
    id: "timeline",
    title: "What happened when",
    description:
      "Faults at the top, below them when something was written (with the bytes that were acknowledged) and when everything was read back. After a crash everything is read back before anything is written again.",
    count: all.length,
    thinned: all.length - lanes.length,
    x: timeAxis,
    y: { label: "", unit: "", scale: "category", categories: rows },
    marks: [],
    classes,
    bands: lanes.map(({ row, timed, look, text }) => [
      rows.indexOf(row),
      seconds(timed.startNs),
      seconds(timed.endNs),
      classes.indexOf(look),
      text,
    ]),
  };
}

/** Of a very long run every so many-th of what is calm; what is not calm stays, as much of it as can be drawn. */
function thinned(lanes: readonly Lane[]): Lane[] {
  if (lanes.length <= LANES_DRAWN) return [...lanes];
  const alarming = lanes.filter(({ look }) => look.tone === "bad").slice(0, LANES_DRAWN / 2);
  const every = Math.ceil(lanes.length / (LANES_DRAWN / 2));
  const kept = new Set([...lanes.filter((_, i) => i % every === 0), ...alarming]);
  return lanes.filter((lane) => kept.has(lane));
}

function faultLanes({ faults }: Story): Lane[] {
  return faults.map((timed) => ({ row: faultName(timed.fault.kind), timed, look: FAULT, text: "" }));
}

function sessionLanes({ sessions, stretches }: Story): Lane[] {
  const lanes = sessions.flatMap(({ beganNs, acknowledgedBytes }, i): Lane[] => {
    const untilNs = sessions[i + 1]?.beganNs ?? Infinity;
    const own = stretches.filter(({ startNs }) => startNs >= beganNs && startNs < untilNs);
    if (own.length === 0) return [];
    const timed = { startNs: beganNs, endNs: own.reduce((most, { endNs }) => Math.max(most, endNs), beganNs) };
    return [{ row: "writing", timed, look: WRITING, text: formatQuantity(acknowledgedBytes, "bytes") }];
  });
  const failing = joined(stretches.filter(({ failures }) => failures > 0));
  return [...lanes, ...failing.map((timed): Lane => ({ row: "writing", timed, look: REFUSED, text: "" }))];
}

/** Neighbours, less than a second apart, as one. */
function joined(times: readonly Timed[]): Timed[] {
  const together: Timed[] = [];
  for (const { startNs, endNs } of times.toSorted((a, b) => a.startNs - b.startNs)) {
    const last = together.at(-1);
    if (last && startNs < last.endNs + 1e9) last.endNs = Math.max(last.endNs, endNs);
    else together.push({ startNs, endNs });
  }
  return together;
}

function readingLanes({ readings }: Story): Lane[] {
  return readings.map((reading) => {
    const { result } = reading;
    const look = result ? (result.damageCount > 0 ? DAMAGED : READING) : UNENDED;
    const text = result ? formatQuantity(result.readBytes, "bytes") : "";
    return { row: "reading back", timed: reading, look, text };
  });
}

function jobLanes({ jobs }: Story): Lane[] {
  return jobs.map((job) => {
    const { op } = job;
    const verdict = op.result ? judgeFio(op.result).verdict : "unknown";
    const row = op.job === "write" ? "fio writes" : "fio verifies";
    return { row, timed: job, look: JOB_LOOKS[op.job][verdict], text: `generation ${op.generation}` };
  });
}

const JOB_LOOKS = {
  write: { good: WRITING, bad: REFUSED, unknown: UNENDED },
  verify: { good: READING, bad: DAMAGED, unknown: UNENDED },
};

/** Points of a line over time: more would not be told apart. */
const WINDOWS_DRAWN = 240;
const SHORTEST_WINDOW_NS = 1e8;

function throughput({ stretches, jobs, faults, endNs }: Story): Chart {
  const transfers: Transfer[] = [...stretches, ...writeJobs(jobs)];
  const beganNs = transfers.reduce((least, { startNs }) => Math.min(least, startNs), endNs);
  const windowNs = Math.max(SHORTEST_WINDOW_NS, (endNs - beganNs) / WINDOWS_DRAWN);
  const rates = windowsOf(transfers, windowNs).map(({ fromNs, bytes }): [number, number] => [
    fromNs,
    bytes / (windowNs / 1e9),
  ]);
  const { unitBytes, unit } = sizeUnit(rates.reduce((most, [, rate]) => Math.max(most, rate), 0));
  return {
    kind: "step",
    id: "write-throughput",
    title: "Write throughput over time",
    description: `Bytes written in each ${formatQuantity(windowNs, "ns")}, by all workers together. It is zero while the storage is away and while everything is read back; what a crash left of a call has no bytes in it.`,
    count: transfers.length,
    thinned: 0,
    x: timeAxis,
    y: { label: "written", unit: `${unit}/s`, scale: "linear" },
    marks: [],
    spans: faults.map((fault) => ({
      from: seconds(fault.startNs),
      to: seconds(fault.endNs),
      label: faultName(fault.fault.kind),
    })),
    series: [{ name: "written", points: stepsOf(rates, windowNs, unitBytes) }],
  };
}

/** A step holds until the next point: the last needs an end. */
function stepsOf(rates: readonly [number, number][], windowNs: number, unitBytes: number): [number, number][] {
  const points = rates.map(([fromNs, rate]): [number, number] => [seconds(fromNs), rate / unitBytes]);
  const last = rates.at(-1);
  return last ? [...points, [seconds(last[0] + windowNs), 0]] : points;
}

function writeJobs(jobs: readonly FioJobStory[]): Transfer[] {
  return jobs
    .filter(({ op }) => op.job === "write")
    .map(({ startNs, endNs, op }) => ({ startNs, endNs, ...(op.result && { bytes: op.result.bytes }) }));
}

const TIMINGS: readonly [Timing, name: string][] = [
  ["write", "write"],
  ["sync", "sync"],
  ["read direct", "read, past the page cache"],
  ["read buffered", "read, through the page cache"],
];

function timedCalls({ latencies }: Story) {
  return TIMINGS.flatMap(([timing, name]) => {
    const values = latencies.get(timing);
    const sample = values && sampleOf(values);
    return sample && sizeOf(sample) > 0 ? [{ name, sample }] : [];
  });
}

/** Quantiles, and what fio calls them. */
const QUANTILES: readonly { q: number; name: string; fio?: keyof FioLatency }[] = [
  { q: 0, name: "least" },
  { q: 0.5, name: "p50", fio: "p50" },
  { q: 0.9, name: "p90" },
  { q: 0.99, name: "p99", fio: "p99" },
  { q: 0.999, name: "p99.9", fio: "p999" },
  { q: 0.9999, name: "p99.99" },
  { q: 1, name: "most", fio: "max" },
];
type FioLatency = NonNullable<FioResult["latencyNs"]>;

/** A line of latencies by quantile, in nanoseconds; of fio's the median over the jobs. */
interface QuantileLine {
  name: string;
  count: number;
  at(quantile: (typeof QUANTILES)[number]): number | null;
}

function ownLines(story: Story): QuantileLine[] {
  return timedCalls(story).map(({ name, sample }) => ({
    name,
    count: sizeOf(sample),
    // Of a hundred calls there is no 99.9 %: that would be the greatest under another name.
    at: ({ q }) => (q < 1 && sizeOf(sample) * (1 - q) < 1 ? null : quantile(sample, q)),
  }));
}

function fioLines({ jobs }: Story): QuantileLine[] {
  return (["write", "verify"] as const).flatMap((job): QuantileLine[] => {
    const told = jobs.flatMap(({ op }) => (op.job === job ? (op.result?.latencyNs ?? []) : []));
    if (told.length === 0) return [];
    const at: QuantileLine["at"] = ({ fio }) =>
      fio ? quantile(sampleOf(told.map((latency) => latency[fio])), 0.5) : null;
    return [{ name: `fio ${job}, median of the jobs`, count: told.length, at }];
  });
}

function percentiles(story: Story): Chart {
  const lines = [...ownLines(story), ...fioLines(story)];
  const shown = QUANTILES.filter((one) => lines.some(({ at }) => at(one) !== null));
  return {
    kind: "line",
    id: "latency-percentiles",
    title: "Latency by percentile",
    description:
      "How long one call took at most, for which share of the calls. To the right is the tail: stalls of a few calls in ten thousand that no median shows.",
    count: lines.reduce((sum, { count }) => sum + count, 0),
    thinned: 0,
    x: { label: "share of the calls", unit: "", scale: "category", categories: shown.map(({ name }) => name) },
    y: { label: "latency of one call", unit: "us", scale: "log" },
    marks: [],
    series: lines.map(({ name, at }) => ({
      name,
      points: shown.flatMap((one, i): [number, number][] => {
        const latencyNs = at(one);
        return latencyNs === null ? [] : [[i, latencyNs / 1e3]];
      }),
    })),
  };
}

const POINTS_DRAWN = 400;

function cumulative(story: Story): Chart {
  const samples = timedCalls(story);
  return {
    kind: "step",
    id: "latency-cumulative",
    title: "Share of calls done by then",
    description:
      "For each latency the share of calls that took no longer. A steep rise is one way through the system; a plateau between two is a cache that was hit or missed.",
    count: samples.reduce((sum, { sample }) => sum + sizeOf(sample), 0),
    thinned: 0,
    x: { label: "latency of one call", unit: "us", scale: "log" },
    y: { label: "share of calls", unit: "ratio", scale: "linear" },
    marks: [],
    series: samples.map(({ name, sample }) => ({
      name,
      points: ecdf(sample, POINTS_DRAWN).map(([latencyNs, share]): [number, number] => [latencyNs / 1e3, share]),
    })),
  };
}
