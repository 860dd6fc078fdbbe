import type { ClockRelation } from "../core/agent.ts";

/** Bounds on (remote clock - our clock), nanoseconds. */
interface Bounds {
  lowNs: number;
  highNs: number;
}

/** One ping: we sent at `sentNs`, the remote read its clock at `remoteNs`, we had the answer at `receivedNs`. */
export interface Ping {
  sentNs: number;
  remoteNs: number;
  receivedNs: number;
}

/**
 * The offset of a remote clock as an interval. The remote read its clock somewhere between our two stamps, so each ping
 * says remote - received <= offset <= remote - sent (Cristian 1989; the intersection is Marzullo's). Clocks drift, so
 * only pings of one batch are intersected, and the answer is the hull of the last two batches.
 */
export function createClockOffset(): { addBatch(pings: readonly Ping[]): void; relation(): ClockRelation } {
  let batches: Bounds[] = [];
  return {
    addBatch: (pings) => {
      const lowNs = Math.max(...pings.map((ping) => ping.remoteNs - ping.receivedNs));
      const highNs = Math.min(...pings.map((ping) => ping.remoteNs - ping.sentNs));
      // A step of either clock inside the batch empties the intersection; its hull still holds the truth.
      batches = [...batches.slice(-1), { lowNs: Math.min(lowNs, highNs), highNs: Math.max(lowNs, highNs) }];
    },
    relation: () => ({
      sameKernel: false,
      offsetLowNs: Math.min(...batches.map((bounds) => bounds.lowNs)),
      offsetHighNs: Math.max(...batches.map((bounds) => bounds.highNs)),
    }),
  };
}
