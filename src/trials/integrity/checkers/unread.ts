import type { HistoryEvent } from "../../../core/history.ts";
import type { IntegrityOp } from "../model.ts";

/** Whether everything that was written has been read back since. */
export interface Unread {
  see(event: HistoryEvent<IntegrityOp>): void;
  /** What has not, in words; undefined when all has. */
  what(): string | undefined;
}

/** Counts only readings that came to their end. After a crash one is due before anything is written over what it left. */
export function createUnread(): Unread {
  let isUnread = false;
  let crashedEpoch = Infinity;
  let unreadCrashes = 0;
  return {
    see: (event) => {
      if (!("op" in event)) return;
      const { kind, op } = event;
      if (op.type === "verify" && kind === "ok") {
        isUnread = false;
        crashedEpoch = Infinity;
      }
      if (op.type !== "write") return;
      if (kind === "unknown") crashedEpoch = op.epoch;
      if (kind !== "invoke") return;
      isUnread = true;
      if (op.epoch <= crashedEpoch) return;
      unreadCrashes++;
      crashedEpoch = Infinity;
    },
    what: () => {
      if (isUnread) return "what was written last was not read back";
      return unreadCrashes > 0 ? `after ${unreadCrashes} of the crashes nothing was read back` : undefined;
    },
  };
}
