import type { Timed } from "./story.ts";

/** Something that moved bytes; nobody knows how many where `bytes` is absent. */
export type Transfer = Timed & { bytes?: number };

/** How much was moved in one window of wall time, by all who moved at once. */
export interface Window {
  fromNs: number;
  bytes: number;
  /** How much of the window somebody was at it. */
  busyNs: number;
  /** Something of unknown size was under way: there may have been more bytes. */
  isUnknown: boolean;
}

/**
 * Bytes of transfers, each spread evenly over its time, by windows from the begin of the first to the end of the last.
 * Rates come of these, since the times of workers that overlap must not be added up.
 */
export function windowsOf(transfers: readonly Transfer[], windowNs: number): Window[] {
  if (transfers.length === 0) return [];
  const beganNs = transfers.reduce((least, { startNs }) => Math.min(least, startNs), Infinity);
  const endedNs = transfers.reduce((most, { endNs }) => Math.max(most, endNs), -Infinity);
  const count = Math.max(1, Math.ceil((endedNs - beganNs) / windowNs));
  const windows = Array.from(
    { length: count },
    (_, i): Window => ({ fromNs: beganNs + i * windowNs, bytes: 0, busyNs: 0, isUnknown: false }),
  );
  const eachIn = ({ startNs, endNs }: Timed, visit: (window: Window, insideNs: number) => void): void => {
    const last = Math.min(Math.floor((endNs - beganNs) / windowNs), count - 1);
    for (const window of windows.slice(Math.min(Math.floor((startNs - beganNs) / windowNs), last), last + 1))
      visit(window, Math.min(endNs, window.fromNs + windowNs) - Math.max(startNs, window.fromNs));
  };
  for (const transfer of transfers) {
    const lengthNs = transfer.endNs - transfer.startNs;
    eachIn(transfer, (window, insideNs) => {
      window.bytes += (transfer.bytes ?? 0) * (lengthNs === 0 ? 1 : insideNs / lengthNs);
      if (transfer.bytes === undefined) window.isUnknown = true;
    });
  }
  for (const busy of unionOf(transfers)) eachIn(busy, (window, insideNs) => (window.busyNs += insideNs));
  return windows;
}

/** Stretches in which at least one of them lasted. */
function unionOf(times: readonly Timed[]): Timed[] {
  const union: Timed[] = [];
  for (const { startNs, endNs } of times.toSorted((a, b) => a.startNs - b.startNs)) {
    const last = union.at(-1);
    if (last && startNs <= last.endNs) last.endNs = Math.max(last.endNs, endNs);
    else union.push({ startNs, endNs });
  }
  return union;
}

/** Bytes per second of busy time, window by window; windows that were mostly idle or hold something unknown say nothing. */
export function ratesOf(transfers: readonly Transfer[], windowNs: number): number[] {
  return windowsOf(transfers, windowNs)
    .filter(({ busyNs, isUnknown }) => !isUnknown && busyNs >= windowNs / 2)
    .map(({ bytes, busyNs }) => bytes / (busyNs / 1e9));
}
