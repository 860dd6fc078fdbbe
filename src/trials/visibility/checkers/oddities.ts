import type { Checker } from "../../../core/trial.ts";
import { expectedEvents, isEvent, isSubject, type Reading, readSample } from "../reading.ts";
import type { SeenEvent, VisibilityOp } from "../model.ts";
import type { VisibilityOptions } from "../options.ts";
import type { VisibilitySteps } from "../plan.ts";
import { createPromises, PROMPT_MS, type Promises, unpromised } from "../promises.ts";
import {
  type Claim,
  commonest,
  counted,
  createEvidenceList,
  type EvidenceList,
  found,
  getOrMake,
} from "../../../core/finding.ts";

export type VisibilityChecker = Checker<VisibilityOptions, VisibilityOp, VisibilitySteps>;

/** A claim that one sample alone can break: what must never be seen. */
interface OddityClaim extends Claim {
  /** Which samples can show it. */
  applies(reading: Reading): boolean;
  /** What this sample shows of it, in words; nothing when all is well. */
  oddities(reading: Reading, promises: Promises): string[];
}

interface Group {
  scope: Record<string, string>;
  samples: number;
  texts: Map<string, number>;
  evidence: EvidenceList;
}

const usable = ({ outcome }: Reading) => outcome === "seen" || outcome === "never";
const looked = (reading: Reading) => usable(reading) && !isEvent(reading);
const heard = (reading: Reading) => isEvent(reading) && reading.events.length > 0;
const heardBoth = ({ events }: Reading) =>
  (["MOVED_FROM", "MOVED_TO"] as const).every((wanted) => events.some(({ kind }) => kind === wanted));

export const ODDITY_CLAIMS: readonly OddityClaim[] = [
  {
    claim: "visibility.content",
    statement: "No look saw anything but the state before or the state after.",
    applies: looked,
    oddities: ({ wrong }) => wrong,
  },
  {
    claim: "visibility.no-transient-error",
    statement: "No look failed on the way from the state before to the state after.",
    applies: looked,
    oddities: ({ errors }) => errors,
  },
  {
    claim: "visibility.no-regression",
    statement: "Once the new state was seen, it stayed.",
    applies: (reading) => looked(reading) && reading.looksAfter > 0,
    oddities: ({ regressions }) => regressions.map((answer) => `${answer} after new`),
  },
  {
    claim: "visibility.agreement",
    statement:
      "Stat and readdir never contradicted each other for longer than the mount's class allows a cache to be old.",
    applies: (reading) => looked(reading) && reading.cell.observer === "agreement",
    oddities: contradictions,
  },
  {
    claim: "visibility.events-once",
    statement: "Each change was told by one event, not by several of a kind.",
    applies: heard,
    oddities: duplicates,
  },
  {
    claim: "visibility.events-after-content",
    statement: "Whoever was woken by the last event of a change saw the change.",
    applies: (reading) => isEvent(reading) && lastEvent(reading) !== undefined,
    oddities: beforeContent,
  },
  {
    claim: "visibility.events-paired",
    statement: "The two events of a rename carried the same cookie.",
    applies: (reading) => isEvent(reading) && heardBoth(reading),
    oddities: unpaired,
  },
];

/** Where nothing may be cached, one contradiction in a look that began after the call is one too many. */
function contradictions({ splits, splitUntilNs, cell }: Reading, promises: Promises): string[] {
  const limitMs = promises.staleLimitMs(cell);
  return limitMs > PROMPT_MS && splitUntilNs / 1e6 <= limitMs ? [] : splits;
}

/** Several writes make several of these, and the kernel may join them: their number says nothing (inotify(7)). */
const UNCOUNTED = "MODIFY";

function duplicates({ events, cell, number }: Reading): string[] {
  return expectedEvents({ cell, number }).flatMap(({ kind, name }) => {
    const count = events.filter((event) => event.kind === kind && event.name === name).length;
    return count > 1 && kind !== UNCOUNTED ? [`${kind} ${count} times`] : [];
  });
}

/** What was heard last of the event that ends the change. */
function lastEvent({ events, cell, number }: Reading): SeenEvent | undefined {
  const last = expectedEvents({ cell, number }).at(-1);
  return events.findLast(({ kind, name }) => kind === last?.kind && name === last.name);
}

function beforeContent(reading: Reading): string[] {
  const event = lastEvent(reading);
  return event && event.answer !== "new" ? [`${event.kind} came while a look saw ${event.answer}`] : [];
}

function unpaired({ events }: Reading): string[] {
  const from = events.find(({ kind }) => kind === "MOVED_FROM");
  const to = events.find(({ kind }) => kind === "MOVED_TO");
  return from && to && from.cookie !== to.cookie ? [`cookies ${from.cookie} and ${to.cookie}`] : [];
}

/** One checker a claim: a pass tells how many samples stand behind it, a fail names operation, observer and what was seen. */
export const oddityCheckers: readonly VisibilityChecker[] = ODDITY_CLAIMS.map((claim) => ({
  id: claim.claim,
  claims: [claim.claim],
  begin: ({ options }) => {
    const promises = createPromises(options);
    const checked = new Map<string, number>();
    const groups = new Map<string, Group>();
    return {
      see: (event) => {
        promises.see(event);
        const reading = readSample(event);
        if (!reading || !isSubject(reading) || !claim.applies(reading) || promises.isForeign()) return;
        if (unpromised(reading.cell, promises)) return;
        const { direction, operation, observer } = reading.cell;
        checked.set(direction, (checked.get(direction) ?? 0) + 1);
        const oddities = new Set(claim.oddities(reading, promises));
        if (oddities.size === 0) return;
        const scope = { direction, operation, observer };
        const group = getOrMake(
          groups,
          Object.values(scope).join(" "),
          (): Group => ({ scope, samples: 0, texts: new Map(), evidence: createEvidenceList() }),
        );
        group.samples++;
        for (const text of oddities) group.texts.set(text, (group.texts.get(text) ?? 0) + 1);
        group.evidence.add(reading.index);
      },
      finish: () => {
        const broken = new Set([...groups.values()].map(({ scope }) => scope["direction"]));
        const passes = [...checked]
          .filter(([direction]) => !broken.has(direction))
          .map(([direction, count]) =>
            found(claim, "pass", `${counted(count, "sample")} checked`, { scope: { direction } }),
          );
        const fails = [...groups.values()].map(({ scope, samples, texts, evidence }) =>
          found(claim, "fail", `in ${counted(samples, "sample")}: ${commonest(texts)}`, { scope, evidence }),
        );
        return [...fails, ...passes];
      },
    };
  },
}));
