import type { Fold, HistoryEvent } from "../../core/history.ts";
import type { Metric, Series } from "../../core/metric.ts";
import type { JudgeContext } from "../../core/trial.ts";
import type { VisibilityOp } from "./model.ts";
import type { VisibilityOptions } from "./options.ts";
import { isFloor, type VisibilitySteps } from "./plan.ts";
import { isEvent, isMeasured, type Reading, readSample, watchedThroughout } from "./reading.ts";

export type VisibilityJudgeContext = JudgeContext<VisibilityOptions, VisibilitySteps>;
type VisibilityFold<Result> = Fold<HistoryEvent<VisibilityOp>, Result>;

export const visibilityMetrics: readonly Metric[] = [
  {
    id: "visibility.latency",
    unit: "ms",
    direction: "lower",
    meaning:
      "From the begin of the call that makes the change to the end of the first look that saw it: the upper end of the bracket. Over several cells it is that of the readers that watched all the time.",
  },
  {
    id: "visibility.bracket",
    unit: "ms",
    direction: "lower",
    meaning:
      "Width of the bracket of a sample: from the begin of the last look that did not see the change to the end of the first that did.",
  },
  {
    id: "visibility.event-latency",
    unit: "ms",
    direction: "lower",
    meaning:
      "From the begin of the call to the moment at which a watcher had read the first event that belongs to the change.",
  },
  {
    id: "visibility.floor",
    unit: "ms",
    direction: "none",
    meaning: "The same latency on a memory file system or a local directory of one side: what the method itself takes.",
  },
  {
    id: "visibility.success",
    unit: "ratio",
    direction: "higher",
    meaning: "Share of the samples in which the change was seen before the time-out.",
  },
  {
    id: "visibility.rate",
    unit: "per-second",
    direction: "none",
    meaning: "Samples taken per second of wall time while samples were taken.",
  },
];

/** The values behind the statistics: over all, by operation, by direction, and by cell. */
export function measureVisibility({ options, plan }: VisibilityJudgeContext): VisibilityFold<Series[]> {
  const series = new Map<string, Series>();
  const rate = createRate();
  const inFigures = watchedThroughout(plan.steps.cells);
  const add = (metric: string, labels: Record<string, string>, value: number | undefined, limitMs: number) => {
    const key = JSON.stringify([metric, labels]);
    let entry = series.get(key);
    if (!entry) {
      entry = { metric, labels, values: [], censored: 0 };
      series.set(key, entry);
    }
    if (value === undefined) {
      entry.censored++;
      entry.censoredAbove = limitMs;
    } else entry.values.push(value);
  };
  return {
    see: (event) => {
      const reading = readSample(event);
      if (!reading) return;
      rate.see(reading);
      if (!isMeasured(reading)) return;
      const seen = reading.outcome === "seen";
      const value = seen ? reading.latestNs / 1e6 : undefined;
      const { operation, direction, state, observer } = reading.cell;
      const limitMs = isEvent(reading) ? Math.min(options.eventTimeoutMs, options.timeoutMs) : options.timeoutMs;
      if (isFloor(direction))
        return add("visibility.floor", { place: direction, operation, observer, state }, value, limitMs);
      if (isEvent(reading)) return add("visibility.event-latency", { operation, direction }, value, limitMs);
      add("visibility.latency", { operation, direction, state, observer }, value, limitMs);
      add("visibility.success", { direction }, seen ? 1 : 0, limitMs);
      if (!inFigures(reading)) return;
      for (const labels of [{ operation: "all" }, { operation: "all", direction }, { operation }]) {
        add("visibility.latency", labels, value, limitMs);
      }
      if (seen) add("visibility.bracket", { direction }, (reading.latestNs - reading.earliestNs) / 1e6, limitMs);
    },
    finish: () => inOrder([...series.values(), ...rate.finish()]),
  };
}

/** By metric as they are listed, the widest groups first, then by label. */
function inOrder(series: Series[]): Series[] {
  const rank = ({ metric }: Series) => visibilityMetrics.findIndex(({ id }) => id === metric);
  const width = ({ labels }: Series) => Object.keys(labels).length;
  const name = ({ labels }: Series) => Object.values(labels).join(" ");
  return series.sort((a, b) => rank(a) - rank(b) || width(a) - width(b) || name(a).localeCompare(name(b), "en"));
}

function createRate(): { see(reading: Reading): void; finish(): Series[] } {
  let firstNs: number | undefined;
  let lastNs = 0;
  let count = 0;
  return {
    see: ({ timeNs }) => {
      firstNs ??= timeNs;
      lastNs = timeNs;
      count++;
    },
    finish: () => {
      if (firstNs === undefined || lastNs <= firstNs) return [];
      return [
        { metric: "visibility.rate", labels: {}, values: [(count - 1) / ((lastNs - firstNs) / 1e9)], censored: 0 },
      ];
    },
  };
}
