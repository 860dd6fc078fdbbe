import { counted } from "../../core/finding.ts";
import { formatQuantity } from "../../core/quantity.ts";
import { describeDamage } from "../../trials/integrity/checkers/describe.ts";
import type { Region, VerifyResult } from "../../trials/integrity/model.ts";
import type { Violation } from "../../trials/integrity/search/search.ts";
import type { CrashDocument, LogDocument, LostWrite, SearchDocument } from "./document.ts";

const TOLD = 8;

/** What a search found, for people; `run` is how they named the run. */
export function searchText(
  { disk, log, states, violation }: SearchDocument,
  regions: readonly Region[],
  run: string,
): string {
  const mounted = [disk.fileSystem, ...disk.mountOptions].join(", ");
  const searched = `${counted(states.tried, "crash state")} of ${mounted} tried; the log has ${logText(log)}.`;
  if (!violation) {
    const rest = `the search reached entry ${states.reachedEntries} of ${log.entries}`;
    const isWhole = states.tried === states.chosen;
    return [
      isWhole ? "Every promise was kept in every state that was tried." : `Every promise was kept so far: ${rest}.`,
      searched,
    ].join("\n");
  }
  const { first, smallest, tried } = violation;
  return [
    `A crash after entry ${smallest.entries} of ${log.entries} breaks a promise.`,
    ...crashLines(smallest, regions),
    `First seen after entry ${first.entries}, with ${counted(first.lostWrites, "lost write")}; ${counted(tried, "state")} tried to make it smaller.`,
    searched,
    `Again: seatrial integrity search ${run} --replay-to ${smallest.entries} --survivors ${smallest.survivors}`,
  ].join("\n");
}

/** What one crash leaves, for people. */
export function crashText(
  crash: CrashDocument,
  log: LogDocument,
  regions: readonly Region[],
  seen: VerifyResult | undefined,
): string {
  const verdict = crash.violation ? "breaks a promise" : "keeps every promise";
  return [
    `A crash after entry ${crash.entries} of ${log.entries} ${verdict}.`,
    ...crashLines(crash, regions),
    ...(seen ? [`  Read:     ${seenText(seen)}`] : []),
  ].join("\n");
}

function seenText({ readBytes, uncertainSlots, keptUncertainSlots, tornInFlight }: VerifyResult): string {
  const uncertain = `${counted(uncertainSlots, "slot")} that might have been lost, ${keptUncertainSlots} of them kept`;
  const torn = tornInFlight > 0 ? `, ${counted(tornInFlight, "block")} torn in flight` : "";
  return `${formatQuantity(readBytes, "bytes")}; ${uncertain}${torn}`;
}

function logText({ entries, writes, flushes }: LogDocument): string {
  return `${entries} entries: ${counted(writes, "write")} and ${counted(flushes, "honoured flush")}`;
}

function crashLines(crash: CrashDocument, regions: readonly Region[]): string[] {
  const { promised, volatileWrites, lost, lostWrites, violation } = crash;
  return [
    `  When:     ${formatQuantity(crash.timeMs, "ms")} after the run began`,
    `  Promised: ${promised.promisedSteps} of ${counted(promised.issuedSteps, "step")}, in ${counted(promised.epoch, "session")}`,
    `  Lost:     ${lostWrites} of ${counted(volatileWrites, "write")} that no flush had made durable`,
    ...lost.slice(0, TOLD).map((write) => `            ${lostText(write)}`),
    ...more(lostWrites),
    ...(violation ? violationLines(violation, regions) : []),
  ];
}

function lostText({ entry, timeMs, offset, lengthBytes }: LostWrite): string {
  return `entry ${entry}, ${formatQuantity(lengthBytes, "bytes")} at byte ${offset}, ${formatQuantity(timeMs, "ms")}`;
}

function violationLines(violation: Violation, regions: readonly Region[]): string[] {
  if (violation.kind !== "damage") {
    const what = violation.kind === "unmountable" ? "the file system cannot be mounted" : "the data cannot be read";
    return [`  Found:    ${what}: ${violation.detail}`];
  }
  const { damages, damageCount } = violation;
  const [first, ...others] = damages.slice(0, TOLD).map((damage) => describeDamage(damage, regions));
  return [`  Found:    ${first}`, ...others.map((line) => `            ${line}`), ...more(damageCount)];
}

function more(count: number): string[] {
  return count > TOLD ? [`            and ${count - TOLD} more`] : [];
}
