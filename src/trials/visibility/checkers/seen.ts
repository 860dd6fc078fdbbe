import { formatQuantity } from "../../../core/quantity.ts";
import type { Finding } from "../../../core/report.ts";
import { moments } from "../../../statistics/moments.ts";
import { quantile } from "../../../statistics/quantile.ts";
import { sampleOf } from "../../../statistics/sample.ts";
import { type Cell, cellName, type Direction } from "../model.ts";
import { NOTES } from "../notes.ts";
import { isFloor } from "../plan.ts";
import { createPromises, FOREIGN, PROMPT_MS, type Promises, unpromised } from "../promises.ts";
import { isEvent, isSubject, isWatching, missingEvents, readSample } from "../reading.ts";
import { troubleIn } from "../refusals.ts";
import {
  type Claim,
  commonest,
  counted,
  createEvidenceList,
  type EvidenceList,
  found,
  getOrMake,
} from "../../../core/finding.ts";
import type { VisibilityChecker } from "./oddities.ts";

interface Misses {
  scope: Record<string, string>;
  missed: number;
  texts: Map<string, number>;
  evidence: EvidenceList;
}

const SEEN: Claim = { claim: "visibility.seen", statement: "Every change was seen before the time-out." };
const EVENTS: Claim = {
  claim: "visibility.events-arrive",
  statement: "Every change was told to a watcher by the events that belong to it.",
};

/** What never came: changes that no look saw, events that no watcher heard. */
export const seenChecker: VisibilityChecker = {
  id: "visibility.seen",
  claims: [SEEN.claim, EVENTS.claim],
  begin: ({ options }) => {
    const promises = createPromises(options);
    const totals = new Map<string, { direction: Direction; events: boolean; count: number }>();
    const misses = new Map<string, Misses>();
    const miss = (scope: Record<string, string>, text: string, index: number) => {
      const entry = getOrMake(misses, Object.values(scope).join(" "), () => ({
        scope,
        missed: 0,
        texts: new Map<string, number>(),
        evidence: createEvidenceList(),
      }));
      entry.missed++;
      entry.texts.set(text, (entry.texts.get(text) ?? 0) + 1);
      entry.evidence.add(index);
    };
    return {
      see: (event) => {
        promises.see(event);
        const reading = readSample(event);
        if (!reading || !isSubject(reading)) return;
        if (reading.outcome === "refused" || reading.outcome === "unknown" || reading.outcome === "mistimed") return;
        const { operation, observer, state } = reading.cell;
        const direction = reading.cell.direction as Direction;
        const events = isEvent(reading);
        getOrMake(totals, `${direction} ${events}`, () => ({ direction, events, count: 0 })).count++;
        const scope = { direction, operation, observer, ...(events ? {} : { state }) };
        if (reading.outcome === "unarmed") miss(scope, "not even the state before was seen", reading.index);
        else if (events && reading.outcome === "never")
          miss(scope, `${missingEvents(reading, reading.events).join(", ")} lost`, reading.index);
        else if (reading.outcome === "never")
          miss(scope, `not seen within ${formatQuantity(options.timeoutMs, "ms")}`, reading.index);
      },
      finish: () =>
        [...totals.values()].flatMap(({ direction, events, count }) => {
          const claim = events ? EVENTS : SEEN;
          const missed = [...misses.values()].filter(
            ({ scope }) => scope["direction"] === direction && (scope["observer"] === "inotify") === events,
          );
          if (missed.length === 0) return [found(claim, "pass", `${count} of ${count}`, { scope: { direction } })];
          return missed.map((entry) => judgeMisses(claim, entry, promises, options.timeoutMs));
        }),
    };
  },
};

/** Nothing is lost before its time: a cache that may be old for longer than the reader waits is not judged by that. */
function judgeMisses(claim: Claim, misses: Misses, promises: Promises, timeoutMs: number): Finding {
  const { scope, missed, texts, evidence } = misses;
  const { direction, observer, state } = scope as unknown as Cell;
  const detail = `in ${counted(missed, "sample")}: ${commonest(texts)}`;
  const reason = promises.isForeign() ? FOREIGN : unpromised({ observer, direction }, promises);
  if (reason) return found(claim, "skipped", `${detail}; not judged: ${reason}`, { scope, evidence });
  const promised = formatQuantity(promises.staleLimitMs({ direction, state, observer }), "ms");
  if (observer === "inotify" || promises.staleLimitMs({ direction, state, observer }) <= timeoutMs)
    return found(claim, "fail", detail, { scope, evidence });
  return found(claim, "inconclusive", `${detail}; promised within ${promised}`, {
    scope,
    evidence,
    settle: `a --timeout of more than ${promised}`,
  });
}

const MEASURED: Claim = { claim: "visibility.measured", statement: "Every cell of the plan was measured." };

/** Cells of the plan without a usable sample: refused by the mount, or not reached in the time given. */
export const measuredChecker: VisibilityChecker = {
  id: "visibility.measured",
  claims: [MEASURED.claim],
  begin: ({ plan, options }) => {
    const promises = createPromises(options);
    const usable = new Set<string>();
    const subjects = new Set<string>();
    const refused = new Map<string, { cell: Cell; reasons: Map<string, number> }>();
    let truncated: Truncation | undefined;
    return {
      see: (event) => {
        promises.see(event);
        if (event.kind === "note" && event.note === NOTES.truncated) truncated = event.data as Truncation;
        const reading = readSample(event);
        if (!reading) return;
        if (reading.outcome === "refused") {
          if (troubleIn(reading.reason ?? "") !== "unsupported") return;
          const { reasons } = getOrMake(refused, placeOf(reading.cell), () => ({
            cell: reading.cell,
            reasons: new Map<string, number>(),
          }));
          const reason = reading.reason ?? "refused";
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        } else if (reading.outcome !== "unknown" && reading.outcome !== "mistimed") {
          usable.add(cellName(reading.cell));
          if (isSubject(reading)) subjects.add(cellName(reading.cell));
        }
      },
      finish: () => {
        const { cells } = plan.steps;
        const missing = cells.filter((cell) => !usable.has(cellName(cell)) && !refused.has(placeOf(cell)));
        const reasonOf = (cell: Cell) => (isFloor(cell.direction) ? "" : unpromised(cell, promises));
        const skips = [...refused.values()].map(({ cell: { direction, operation, observer }, reasons }) =>
          found(MEASURED, "skipped", `refused: ${commonest(reasons)}`, { scope: { direction, operation, observer } }),
        );
        for (const reason of new Set(missing.map(reasonOf).filter((text) => text !== ""))) {
          const count = missing.filter((cell) => reasonOf(cell) === reason).length;
          skips.push(found(MEASURED, "skipped", `${counted(count, "cell")} without a sample: ${reason}`));
        }
        const due = missing.filter((cell) => reasonOf(cell) === "");
        if (due.length > 0) return [...skips, foundMissing(due, cells.length, truncated !== undefined)];
        // A plan of scenarios alone has no cell of the mount's; the floors say nothing of it.
        const wanted = cells.length === 0 || cells.some(({ direction }) => !isFloor(direction));
        if (wanted && subjects.size === 0)
          return [...skips, found(MEASURED, "inconclusive", "no sample of the mount was taken")];
        const shortened = truncated
          ? `; the time was up after ${truncated.roundsTaken} of ${counted(truncated.rounds, "round")}`
          : "";
        return [...skips, found(MEASURED, "pass", `${counted(usable.size, "cell")} with samples${shortened}`)];
      },
    };
  },
};

/** The note of a run whose time was up before its rounds were. */
interface Truncation {
  rounds: number;
  roundsTaken: number;
}

const placeOf = ({ direction, operation, observer }: Cell): string => `${direction} ${operation} ${observer}`;

function foundMissing(missing: readonly Cell[], cellCount: number, truncated: boolean): Finding {
  const names = missing.slice(0, 5).map(cellName).join("; ");
  const why = truncated ? " since the time was up" : "";
  const detail = `${missing.length} of ${counted(cellCount, "cell")} without a sample${why}: ${names}${missing.length > 5 ? "; ..." : ""}`;
  return found(MEASURED, "inconclusive", detail, { settle: "give --max-duration more, or choose fewer cells" });
}

const FLOOR: Claim = {
  claim: "visibility.floor",
  statement: "The lab itself sees a change fast enough to judge the mount.",
};

/** Half of what counts as prompt: with a higher floor, a prompt mount could not be told from a late one. */
const FLOOR_LIMIT_MS = PROMPT_MS / 2;

/** The detection floor of this run, measured by the same procedure where there is nothing to wait for. */
export const floorChecker: VisibilityChecker = {
  id: "visibility.floor",
  claims: [FLOOR.claim],
  begin: () => {
    const places = new Map<string, { latest: number[]; never: number }>();
    return {
      see: (event) => {
        const reading = readSample(event);
        if (!reading || !isFloor(reading.cell.direction) || !isWatching(reading.cell)) return;
        if (reading.outcome !== "seen" && reading.outcome !== "never") return;
        const place = getOrMake(places, reading.cell.direction, () => ({ latest: [], never: 0 }));
        if (reading.outcome === "seen") place.latest.push(reading.latestNs / 1e6);
        else place.never++;
      },
      finish: () => {
        if (places.size === 0) return [found(FLOOR, "inconclusive", "no floor was measured")];
        return [...places].map(([place, { latest, never }]) => {
          const sample = sampleOf(latest, never);
          const median = quantile(sample, 0.5);
          const scope = { direction: place };
          if (median === null)
            return found(FLOOR, "errored", `${never} changes were never seen where nothing can hide them`, { scope });
          const p95 = quantile(sample, 0.95);
          const detail = `median ${formatQuantity(median, "ms")}, p95 ${p95 === null ? "unknown" : formatQuantity(p95, "ms")}, mean ${formatQuantity(moments(latest)?.mean ?? 0, "ms")} (n = ${latest.length})`;
          if (median <= FLOOR_LIMIT_MS) return found(FLOOR, "pass", detail, { scope });
          return found(FLOOR, "inconclusive", detail, { scope, settle: "a quieter machine" });
        });
      },
    };
  },
};
