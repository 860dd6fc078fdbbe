import { counted, createEvidenceList, found } from "../../../core/finding.ts";
import { CRASHED, type IntegrityChecker, ORACLE, READ_BACK } from "./claims.ts";
import { createUnread } from "./unread.ts";
import { foldPromised } from "../oracle/oracle.ts";
import { SessionLog } from "../oracle/session-log.ts";
import { BLOCK_BYTES, type VerifyOp, type Workload } from "../model.ts";

/** Without a reading after the last write, and after each crash before the next write, nothing is known of what was written. */
export const readBackChecker: IntegrityChecker = {
  id: "integrity.read-back",
  claims: [READ_BACK.claim],
  begin: ({ options }) => {
    const unread = createUnread();
    let steps = 0;
    let verifications = 0;
    let pastCache = 0;
    let lastRefused = "";
    return {
      see: (event) => {
        unread.see(event);
        if (event.kind === "ok" && event.op.type === "write") steps += (event.op.result?.reached ?? 0) - event.op.from;
        if (!("op" in event) || event.op.type !== "verify") return;
        if (event.kind === "fail" || event.kind === "unknown") lastRefused = event.reason ?? "";
        if (event.kind !== "ok") return;
        verifications++;
        if (event.op.path === "direct") pastCache++;
      },
      finish: () => {
        if (options.engine === "fio") return [];
        if (steps === 0)
          return [
            found(READ_BACK, "inconclusive", "nothing was written", {
              settle: "Look at the calls that failed, and give it more time.",
            }),
          ];
        const what = unread.what();
        if (what === undefined) {
          const how = pastCache === 0 ? ", none of them past the page cache" : "";
          return [
            found(READ_BACK, "pass", `${counted(verifications, "verification")} of ${counted(steps, "step")}${how}`),
          ];
        }
        const why = lastRefused === "" ? "the run ended before" : lastRefused;
        return [found(READ_BACK, "inconclusive", `${what}: ${why}`, { settle: "Let the run come to its end." })];
      },
    };
  },
};

/** A crash that met nobody is no crash: what it should have shown was not tried. */
export const crashedChecker: IntegrityChecker = {
  id: "integrity.crashed",
  claims: [CRASHED.claim],
  begin: ({ plan }) => {
    const planned = plan.faults.filter(({ kind }) => kind === "crash" || kind === "power-cut").length;
    const crashed = new Set<number>();
    const evidence = createEvidenceList();
    return {
      see: (event) => {
        if (event.kind !== "unknown" || (event.op.type !== "write" && event.op.type !== "fio")) return;
        crashed.add(event.op.epoch);
        evidence.add(event.index);
      },
      finish: () => {
        if (planned === 0) return [];
        const met = Math.min(planned, crashed.size);
        const detail = `${met} of ${planned} planned crashes met a writer at work`;
        if (met === planned) return [found(CRASHED, "pass", detail, { evidence })];
        return [
          found(CRASHED, "inconclusive", detail, {
            evidence,
            settle: "Give it more time (--duration), so that recovery is over before the next crash.",
          }),
        ];
      },
    };
  },
};

/** The bounds that a reader judged by, against those that follow from the record alone. */
export const oracleChecker: IntegrityChecker = {
  id: "integrity.oracle",
  claims: [ORACLE.claim],
  begin: ({ plan }) => {
    const { workload } = plan.steps;
    const log = new SessionLog(workload);
    let compared = 0;
    const wrong = createEvidenceList();
    let detail = "";
    return {
      see: (event) => {
        // Compared before this verification's own findings settle anything.
        if (event.kind === "ok" && event.op.type === "verify" && event.op.result?.damages.length) {
          const told = disagreementIn(event.op, workload, log);
          compared += event.op.result.damages.length;
          if (told !== undefined) {
            wrong.add(event.index);
            detail ||= told;
          }
        }
        log.see(event);
      },
      finish: () => {
        if (wrong.eventCount > 0) return [found(ORACLE, "errored", detail, { evidence: wrong })];
        return compared > 0 ? [found(ORACLE, "pass", `${counted(compared, "stretch")} judged by the same bounds`)] : [];
      },
    };
  },
};

function disagreementIn({ result }: VerifyOp, workload: Workload, log: SessionLog): string | undefined {
  const oracle = foldPromised(log.promised());
  for (const { region: id, block, allowed } of result?.damages ?? []) {
    const region = workload.regions.find((one) => one.id === id);
    if (!region) return `the record knows no region ${id}`;
    const slot = Math.floor((block * BLOCK_BYTES) / region.slotBytes);
    // What lies behind the last slot was promised to nobody.
    const { low, high } = slot < region.slots ? oracle.bounds(id, slot) : { low: 0, high: 0 };
    if (low !== allowed.low || high !== allowed.high)
      return `block ${block} of region ${id} was judged by generation ${allowed.low} to ${allowed.high}, the record says ${low} to ${high}`;
  }
  return undefined;
}
