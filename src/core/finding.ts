import type { Finding } from "./report.ts";
import type { Verdict } from "./verdict.ts";

/** How many events a finding names; the rest is counted. */
const EVENTS_LIMIT = 20;

/** Collects indices of events as evidence, the first ones by name. */
export interface EvidenceList {
  add(index: number): void;
  addAll(other: Pick<EvidenceList, "events" | "eventCount">): void;
  readonly events: number[];
  readonly eventCount: number;
}

/** Keeps the first events and counts them all. */
export function createEvidenceList(): EvidenceList {
  const events: number[] = [];
  let eventCount = 0;
  return {
    add: (index) => {
      if (events.length < EVENTS_LIMIT) events.push(index);
      eventCount++;
    },
    addAll: (other) => {
      events.push(...other.events.slice(0, EVENTS_LIMIT - events.length));
      eventCount += other.eventCount;
    },
    events,
    get eventCount() {
      return eventCount;
    },
  };
}

/** A claim with its sentence; `found` makes findings of it. */
export interface Claim {
  claim: string;
  statement: string;
}

interface FoundOptions {
  scope?: Record<string, string>;
  evidence?: Pick<EvidenceList, "events" | "eventCount">;
  settle?: string;
}

/** A finding on a claim; the whole subject unless a scope narrows it. */
export function found(
  { claim, statement }: Claim,
  verdict: Verdict,
  detail: string,
  options: FoundOptions = {},
): Finding {
  const { scope = {}, evidence, settle } = options;
  return {
    claim,
    statement,
    verdict,
    detail,
    scope,
    events: evidence?.events ?? [],
    eventCount: evidence?.eventCount ?? 0,
    ...(settle === undefined ? {} : { settle }),
  };
}

/** Values by a key, in the order in which the keys first came. */
export function getOrMake<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const present = map.get(key);
  if (present !== undefined) return present;
  const made = make();
  map.set(key, made);
  return made;
}

/** "1 sample", "2 samples", "2 stretches". */
export const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : /(s|x|ch|sh)$/.test(noun) ? "es" : "s"}`;

/** The commonest texts with their counts: "empty (12x), torn: ... (3x)". */
export function commonest(texts: ReadonlyMap<string, number>, most = 4): string {
  const sorted = [...texts].sort(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, most).map(([text, count]) => (count > 1 ? `${text} (${count}x)` : text));
  return sorted.length > most
    ? `${shown.join("; ")}; and ${counted(sorted.length - most, "other kind")}`
    : shown.join("; ");
}
