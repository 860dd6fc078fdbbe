import { formatQuantity } from "../../../core/quantity.ts";
import type { Estimate, Finding } from "../../../core/report.ts";
import { meanInterval, moments } from "../../../statistics/moments.ts";
import { wilson } from "../../../statistics/proportion.ts";
import { quantile, quantileInterval } from "../../../statistics/quantile.ts";
import { sampleOf, sizeOf } from "../../../statistics/sample.ts";
import { type Cell, cellName, type Direction } from "../model.ts";
import { parseLimits, type Statistic } from "../options.ts";
import { isFloor } from "../plan.ts";
import { createPromises, PROMPT_MS, unpromised } from "../promises.ts";
import { isEvent, isSubject, isWatching, type Reading, readSample, watchedThroughout } from "../reading.ts";
import { type Claim, counted, createEvidenceList, type EvidenceList, found, getOrMake } from "../../../core/finding.ts";
import type { VisibilityChecker } from "./oddities.ts";

const ms = (value: number) => formatQuantity(value, "ms");
const inMs = (ns: number) => ns / 1e6;
const measured = ({ outcome }: Reading) => outcome === "seen" || outcome === "never";

/**
 * The bracket of each sample of a group, milliseconds: between `earliest` and `latest` the change became visible, and `overdue` after the
 * call had returned it was not yet. `unseen`: so long after the call had returned the rest was last looked for in vain.
 */
interface Brackets {
  earliest: number[];
  overdue: number[];
  latest: number[];
  unseen: number[];
  evidence: EvidenceList;
}

const emptyBrackets = (): Brackets => ({
  earliest: [],
  overdue: [],
  latest: [],
  unseen: [],
  evidence: createEvidenceList(),
});

function addBracket(brackets: Brackets, reading: Reading): void {
  if (reading.outcome === "never") {
    brackets.unseen.push(inMs(reading.overdueNs));
    return;
  }
  brackets.earliest.push(inMs(reading.earliestNs));
  brackets.overdue.push(inMs(reading.overdueNs));
  brackets.latest.push(inMs(reading.latestNs));
}

/** The lower end of the median's interval; of fewer samples than give one, the least of all. */
function leastMedian(values: readonly number[]): number {
  const sample = sampleOf(values);
  return quantileInterval(sample, 0.5).low ?? sample.sorted[0] ?? 0;
}

const PROMPT: Claim = {
  claim: "visibility.prompt",
  statement:
    "Changes are seen, and events heard, as soon as the mount's class promises, whatever the reader has looked at before.",
};

/** Fewer samples could all have met one pause of the machine. */
const LEAST_SAMPLES = 3;

interface PromptCell extends Brackets {
  cell: Cell;
}

/**
 * The median of each cell against what the mount's class promises. A pass needs the upper ends of the brackets below the limit, a fail
 * the lower ends above it: pauses of the lab widen brackets and so can cause neither. Only a pause of the writer within its call raises a
 * lower end, so what counts from the call's begin must be late for most samples, not for a few.
 */
export const promptChecker: VisibilityChecker = {
  id: "visibility.prompt",
  claims: [PROMPT.claim],
  begin: ({ options }) => {
    const promises = createPromises(options);
    const cells = new Map<string, PromptCell>();
    return {
      see: (event) => {
        promises.see(event);
        const reading = readSample(event);
        if (!reading || !isSubject(reading) || !measured(reading) || promises.isForeign()) return;
        // An event that never came is lost, not late: that is another claim.
        if (isEvent(reading) && reading.outcome === "never") return;
        const entry = getOrMake(cells, cellName(reading.cell), () => ({ ...emptyBrackets(), cell: reading.cell }));
        addBracket(entry, reading);
        if (inMs(reading.earliestNs) > promises.staleLimitMs(reading.cell)) entry.evidence.add(reading.index);
      },
      finish: () => {
        const judged = [...cells.values()]
          .filter(({ cell }) => unpromised(cell, promises) === "")
          .map((entry) => judgePrompt(entry, promises.staleLimitMs(entry.cell)));
        return [...groupedFailures(judged), ...promptPasses(judged)];
      },
    };
  },
};

interface PromptJudgement {
  entry: PromptCell;
  limitMs: number;
  verdict: "pass" | "fail" | "inconclusive";
  medianMs: number | null;
  text: string;
}

function judgePrompt(entry: PromptCell, limitMs: number): PromptJudgement {
  const { earliest, overdue, unseen } = entry;
  const latest = sampleOf(entry.latest, unseen.length);
  const high = quantile(latest, 0.5);
  const count = sizeOf(latest);
  const interval = quantileInterval(latest, 0.5);
  const text =
    high === null
      ? `not seen in ${unseen.length} of ${count}`
      : `${ms(high)}${intervalText(interval.low, interval.high)} (n = ${count})`;
  const medianOverdue = quantile(sampleOf([...overdue, ...unseen]), 0.5) ?? 0;
  const late = medianOverdue > limitMs || leastMedian([...earliest, ...unseen]) > limitMs;
  const enough = count >= LEAST_SAMPLES || high === null;
  const inTime = high !== null && high <= limitMs;
  const verdict = late && enough ? "fail" : inTime ? "pass" : "inconclusive";
  return { entry, limitMs, verdict, medianMs: high, text };
}

const intervalText = (low: number | null, high: number | null) =>
  low === null || high === null ? "" : ` [${ms(low)} to ${ms(high)}]`;

function groupedFailures(judged: readonly PromptJudgement[]): Finding[] {
  const groups = new Map<string, PromptJudgement[]>();
  for (const judgement of judged) {
    if (judgement.verdict === "pass") continue;
    const { direction, operation, observer } = judgement.entry.cell;
    getOrMake(groups, `${direction} ${operation} ${observer} ${judgement.verdict}`, () => []).push(judgement);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { direction, operation, observer } = first.entry.cell;
    const states = group.map(
      ({ entry, text, limitMs }) => `${entry.cell.state}: median ${text}, promised within ${ms(limitMs)}`,
    );
    const evidence = createEvidenceList();
    for (const { entry } of group) evidence.addAll(entry.evidence);
    const settle =
      first.verdict === "inconclusive"
        ? { settle: `take at least ${LEAST_SAMPLES} samples of this cell, on a quieter machine` }
        : {};
    return [
      found(PROMPT, first.verdict, states.join("; "), {
        scope: { direction, operation, observer },
        evidence,
        ...settle,
      }),
    ];
  });
}

function promptPasses(judged: readonly PromptJudgement[]): Finding[] {
  const passes = judged.filter(({ verdict }) => verdict === "pass");
  const directions = [...new Set(passes.map(({ entry }) => entry.cell.direction))];
  return directions.map((direction) => {
    const cells = passes.filter(({ entry }) => entry.cell.direction === direction);
    const slowest = cells.reduce((a, b) => ((b.medianMs ?? 0) > (a.medianMs ?? 0) ? b : a));
    const { operation, state, observer } = slowest.entry.cell;
    const detail = `${counted(cells.length, "cell")} in time; the slowest, ${operation} by ${observer} (${state}), had a median of ${slowest.text}`;
    return found(PROMPT, "pass", detail, { scope: { direction } });
  });
}

const STEADY: Claim = {
  claim: "visibility.steady",
  statement: `Mean latency is under ${PROMPT_MS} ms, its standard deviation under 5 ms, and nearly nothing times out.`,
};
const GOOD_DEVIATION_MS = 5;
const CONCERN = { meanMs: 100, deviationMs: 50, timeoutShare: 0.05 };

/** The original tool's "good" and "concern" thresholds: over the watching readers, or where a cache is allowed over those that never looked before. */
export const steadyChecker: VisibilityChecker = {
  id: "visibility.steady",
  claims: [STEADY.claim],
  begin: ({ options, plan }) => {
    const promises = createPromises(options);
    const watched = watchedThroughout(plan.steps.cells);
    const directions = new Map<string, { unseen: Brackets; watched: Brackets }>();
    const floor = emptyBrackets();
    return {
      see: (event) => {
        promises.see(event);
        const reading = readSample(event);
        if (!reading || isEvent(reading) || !measured(reading)) return;
        if (isFloor(reading.cell.direction)) return isWatching(reading.cell) ? addBracket(floor, reading) : undefined;
        if (unpromised(reading.cell, promises) !== "") return;
        const entry = getOrMake(directions, reading.cell.direction, () => ({
          unseen: emptyBrackets(),
          watched: emptyBrackets(),
        }));
        if (watched(reading)) addBracket(entry.watched, reading);
        if (reading.cell.state === "never" && reading.cell.observer !== "readdir") addBracket(entry.unseen, reading);
      },
      finish: () =>
        [...directions].map(([direction, entry]) => {
          const cachesNothing =
            promises.staleLimitMs({ direction: direction as Direction, state: "polling" }) === PROMPT_MS;
          return judgeSteady(direction, cachesNothing ? entry.watched : entry.unseen, floor);
        }),
    };
  },
};

/** Deviations are taken over the lower ends of the brackets, so that pauses of the lab do not count as the mount's. */
function judgeSteady(direction: string, brackets: Brackets, floor: Brackets): Finding {
  const { earliest, overdue, latest, unseen } = brackets;
  const scope = { direction };
  const never = unseen.length;
  const count = latest.length + never;
  if (count === 0) return found(STEADY, "inconclusive", "nothing was measured", { scope });
  const high = moments(latest);
  const detail = high ? steadyText(high, brackets) : `none of ${count} changes was seen`;
  const floorMean = moments(floor.latest)?.mean;
  if (floorMean === undefined || floorMean > PROMPT_MS) {
    const why =
      floorMean === undefined ? "no floor was measured" : `the floor is ${ms(floorMean)}, above the threshold`;
    return found(STEADY, "inconclusive", `${detail}; ${why}`, { scope, settle: "a run on a quieter machine" });
  }
  const concern =
    !high ||
    (meanInterval(earliest).low ?? 0) > CONCERN.meanMs ||
    deviation(overdue) > CONCERN.deviationMs ||
    wilson(never, count).low > CONCERN.timeoutShare;
  if (concern) return found(STEADY, "fail", detail, { scope });
  const good = high.mean < PROMPT_MS && deviation(earliest) < GOOD_DEVIATION_MS && never === 0;
  const settle = "this lies between the thresholds for good and for concern: set a limit of your own with --limit";
  return good ? found(STEADY, "pass", detail, { scope }) : found(STEADY, "inconclusive", detail, { scope, settle });
}

const deviation = (values: readonly number[]) => moments(values)?.standardDeviation ?? 0;

function steadyText(high: { mean: number; standardDeviation: number }, { earliest, latest, unseen }: Brackets): string {
  const mean = meanInterval(latest);
  const spread = `standard deviation ${ms(high.standardDeviation)} (${ms(deviation(earliest))} without the lab's pauses)`;
  return `mean ${ms(high.mean)}${intervalText(mean.low, mean.high)}, ${spread}, ${unseen.length} of ${latest.length + unseen.length} timed out`;
}

const LIMIT: Claim = { claim: "visibility.limit", statement: "Latency keeps within the limit that was set." };
const QUANTILES: Partial<Record<Statistic, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };

export const limitChecker: VisibilityChecker = {
  id: "visibility.limit",
  claims: [LIMIT.claim],
  begin: ({ options }) => {
    const limits = parseLimits(options.limits);
    const groups = new Map<string, Brackets & { direction: string; operation: string }>();
    return {
      see: (event) => {
        const reading = limits.length > 0 ? readSample(event) : undefined;
        if (!reading || !isSubject(reading) || isEvent(reading) || !measured(reading)) return;
        const { direction } = reading.cell;
        for (const operation of [reading.cell.operation, "all"]) {
          addBracket(
            getOrMake(groups, `${direction} ${operation}`, () => ({ ...emptyBrackets(), direction, operation })),
            reading,
          );
        }
      },
      finish: () =>
        limits.flatMap((limit) => {
          const matching = [...groups.values()].filter(({ operation }) => operation === limit.operation);
          if (matching.length > 0) return matching.map((group) => judgeLimit(group, limit));
          return [
            found(LIMIT, "inconclusive", `no sample of ${limit.operation}`, {
              scope: { operation: limit.operation, statistic: limit.statistic },
            }),
          ];
        }),
    };
  },
};

function judgeLimit(
  group: Brackets & { direction: string; operation: string },
  limit: { statistic: Statistic; limitMs: number },
): Finding {
  const { value, low, high } = statisticOf(group, limit.statistic);
  const count = group.latest.length + group.unseen.length;
  const scope = { direction: group.direction, operation: group.operation, statistic: limit.statistic };
  const shown = value === null ? "more than the time-out" : ms(value);
  const detail = `${limit.statistic} is ${shown}${intervalText(low, high)} (n = ${count}), the limit ${ms(limit.limitMs)}`;
  if (high !== null && high <= limit.limitMs) return found(LIMIT, "pass", detail, { scope });
  if (low !== null && low > limit.limitMs) return found(LIMIT, "fail", detail, { scope });
  return found(LIMIT, "inconclusive", `${detail}: the interval holds the limit or has no upper end`, {
    scope,
    settle: "more samples narrow the interval (p99 needs about 370)",
  });
}

/** The statistic of the upper ends, between a bound from the lower ends and one from the upper. */
function statisticOf({ earliest, overdue, latest, unseen }: Brackets, statistic: Statistic): Estimate {
  const never = unseen.length;
  const sample = sampleOf(latest, never);
  const lowerEnds = [...earliest, ...unseen];
  const q = QUANTILES[statistic];
  if (q !== undefined) {
    const { low } = quantileInterval(sampleOf(lowerEnds), q);
    return { value: quantile(sample, q), low, high: quantileInterval(sample, q).high };
  }
  if (statistic === "max") {
    // One sample decides, so no pause of the writer may count.
    const value = never > 0 ? null : (sample.sorted.at(-1) ?? null);
    return { value, low: sampleOf([...overdue, ...unseen]).sorted.at(-1) ?? null, high: value };
  }
  const { low } = meanInterval(lowerEnds);
  if (never > 0) return { value: null, low, high: null };
  return { value: moments(latest)?.mean ?? null, low, high: meanInterval(latest).high };
}
