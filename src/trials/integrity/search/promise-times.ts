import type { HistoryEvent } from "../../../core/history.ts";
import type { IntegrityOp, Promised, Workload } from "../model.ts";
import type { Promises } from "./search.ts";
import { SESSION_NOTES, SessionLog } from "../oracle/session-log.ts";

/** What the storage had promised at any time of a recorded run. */
export class PromiseTimes implements Promises<Promised> {
  readonly #workload: Workload;
  readonly #events: HistoryEvent<IntegrityOp>[] = [];
  /** When something was acknowledged, rising. */
  readonly acknowledgedNs: number[] = [];
  /** When the first writer began; what was there before was promised nothing. Infinity without a writer. */
  readonly beganNs: number;

  constructor(workload: Workload, events: Iterable<HistoryEvent<IntegrityOp>>) {
    this.#workload = workload;
    for (const event of events) {
      if (!matters(event)) continue;
      this.#events.push(event);
      if (acknowledges(event)) this.acknowledgedNs.push(event.timeNs);
    }
    const began = this.#events.find((event) => event.kind === "note" && event.note === SESSION_NOTES.began);
    this.beganNs = began?.timeNs ?? Infinity;
  }

  /** What had been promised just before that time: whatever the lab had been told by then had happened. */
  before(timeNs: number): Promised {
    const log = new SessionLog(this.#workload);
    for (const event of this.#events) {
      if (event.timeNs >= timeNs) break;
      log.see(event);
    }
    return log.promised();
  }
}

function matters(event: HistoryEvent<IntegrityOp>): boolean {
  if (event.kind === "note") return event.note === SESSION_NOTES.began || event.note === SESSION_NOTES.synced;
  return "op" in event && (event.op.type === "write" || (event.op.type === "verify" && event.kind === "ok"));
}

function acknowledges(event: HistoryEvent<IntegrityOp>): boolean {
  return (event.kind === "note" && event.note === SESSION_NOTES.synced) || event.kind === "ok";
}
